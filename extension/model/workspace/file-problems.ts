import type { FileProblem } from "../../../engine/cli/resources/files.ts";
import { isRunwrightError, RunwrightError } from "../../../engine/core/errors.ts";

/** Whoever reads a message begins with the first ones. */
const MOST = 5;

/** What is wrong with files, with places, as one error. */
export function fileProblems(problems: readonly FileProblem[], code: "RESOURCE_INVALID" | "PERMISSION_DENIED" = "RESOURCE_INVALID"): RunwrightError {
  const told = problems.slice(0, MOST).map(({ file, line, column, message }) => (file === "" ? message : `${file}:${line}:${column}: ${message}`));
  const more = problems.length > MOST ? [`and ${problems.length - MOST} more`] : [];
  return new RunwrightError(code, [...told, ...more].join("\n"), { details: problems });
}

/** Waits for a plan. @throws what the workspace's program says of files with their places, which it tells apart from its message */
export async function withPlaces<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (!isRunwrightError(error) || !Array.isArray(error.details)) throw error;
    if (error.code !== "RESOURCE_INVALID" && error.code !== "PERMISSION_DENIED") throw error;
    const problems = error.details.filter(isProblem);
    throw problems.length > 0 ? fileProblems(problems, error.code) : error;
  }
}

function isProblem(value: unknown): value is FileProblem {
  const { file, line, column, message } = Object(value);
  return typeof file === "string" && typeof message === "string" && Number.isSafeInteger(line) && Number.isSafeInteger(column);
}
