import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { canonicalJson } from "../core/json.ts";
import type { TestError } from "../protocol/test-events.ts";

/** What Node's runner says of a test that has failed; the error itself is its `cause`. */
interface RunnerError {
  failureType?: string;
  message?: string;
  cause?: unknown;
}

/** Of a suite or a test that failed because of what is in it: that is told by itself. */
export const isOfSubtests = (error: unknown): boolean => (error as RunnerError | undefined)?.failureType === "subtestsFailed";

/** @param file of the test: the place in it where it went wrong is shown */
export function errorOf(error: unknown, file: string): TestError {
  const { cause, message = "it failed", failureType } = (error ?? {}) as RunnerError;
  if (typeof cause !== "object" || cause === null) {
    const said = typeof cause === "string" ? cause : message;
    return { message: failureType === "testTimeoutFailure" ? `it hasn't ended in time: ${said}` : said };
  }
  const { message: what, stack, code } = cause as { message?: unknown; stack?: unknown; code?: unknown };
  const shown = typeof stack === "string" ? stack : undefined;
  return {
    message: typeof what === "string" ? what : inspect(cause),
    ...(shown && { stack: ownFrames(shown) }),
    ...(typeof code === "string" && { code }),
    ...compared(cause),
    ...(shown && placeIn(shown, file)),
  };
}

/** The same for text that a process has written before it ended. */
export function errorOfOutput(message: string, output: string, file: string): TestError {
  return { message, ...(output.trim() !== "" && { stack: output.trim() }), ...placeIn(output, file) };
}

function compared(error: object): Pick<TestError, "expected" | "actual"> {
  if (!("expected" in error && "actual" in error)) return {};
  const { expected, actual } = error;
  if (expected === undefined && actual === undefined) return {};
  return { expected: textOf(expected), actual: textOf(actual) };
}

/** Equal values give equal texts. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const isPlain = typeof value === "object" && value !== null && !(value instanceof RegExp) && !(value instanceof Error);
  try {
    if (isPlain) return JSON.stringify(JSON.parse(canonicalJson(value)), null, 2);
  } catch {
    // a cycle, or a number that JSON has no word for: shown as Node shows it
  }
  return inspect(value, { depth: 20, sorted: true, compact: false });
}

const FRAME = /\(?((?:file:\/\/)?\/?[^\s()]+?):(\d+):(\d+)\)?$/;

/** The first frame in the test's own file; else the first that is of the author's. */
function placeIn(stack: string, file: string): Pick<TestError, "file" | "line" | "column"> {
  const places = stack.split("\n").flatMap((line) => {
    const [, where = "", atLine, atColumn] = FRAME.exec(line.trim()) ?? [];
    if (atLine === undefined || /^node:/.test(where) || isOurs(line)) return [];
    return [{ file: where.startsWith("file:") ? fileURLToPath(where) : where, line: Number(atLine), column: Number(atColumn) }];
  });
  return places.find((place) => place.file === file) ?? {};
}

/** Frames of Node and of the harness say nothing to an author. */
const ownFrames = (stack: string) =>
  stack
    .split("\n")
    .filter((line) => !/^\s+at /.test(line) || !(/[( ]node:/.test(line) || isOurs(line)))
    .join("\n");

const OURS = new URL("..", import.meta.url).href;
const isOurs = (line: string) => line.includes(OURS);
