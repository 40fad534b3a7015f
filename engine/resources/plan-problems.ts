import type { PlanProblem } from "../core/document.ts";
import { ERRORS, type ErrorCode, isRunwrightError, RunwrightError } from "../core/errors.ts";

const MOST_TOLD = 1_000;

/** Which member an error is about that names none. */
const MEMBER: Partial<Record<ErrorCode, string>> = {
  NAME_TAKEN: "/name",
  BAD_REQUEST: "/name",
  CONFLICT: "/name",
  PERMISSION_DENIED: "/scope",
  TOO_LARGE: "/value",
};

/** All that is wrong with the documents of a plan, gathered before anything is said. @param before what was found earlier */
export function gatherProblems(before?: { all: readonly PlanProblem[]; denied(): number }) {
  const all: PlanProblem[] = [...(before?.all ?? [])];
  let denied = before?.denied() ?? 0;
  return {
    all,
    /** How many are about rights alone. */
    denied: () => denied,
    report(index: number | null, path: string, message: string, other?: number): void {
      all.push({ index, path, message, ...(other === undefined ? {} : { other }) });
    },
    deny(index: number | null, message: string): void {
      denied += 1;
      all.push({ index, path: "/scope", message });
    },
    /** What a kind has thrown. @throws it again when it isn't about the document */
    take(index: number | null, error: unknown): void {
      if (!isRunwrightError(error) || error.code === "PLAN_CHANGED" || ERRORS[error.code].status >= 500) throw error;
      if (error.code === "PERMISSION_DENIED") denied += 1;
      const fields = fieldsOf(error.details);
      if (fields.length > 0) all.push(...fields.map(({ field, message }) => ({ index, path: field, message })));
      else all.push({ index, path: MEMBER[error.code] ?? "", message: error.message });
    },
    /** @throws RESOURCE_INVALID, or PERMISSION_DENIED when nothing else is wrong; their details are PlanProblem[] */
    refuse(): void {
      if (all.length === 0) return;
      const [first] = all;
      const more = all.length > 1 ? `, and ${all.length - 1} more` : "";
      throw new RunwrightError(
        denied === all.length ? "PERMISSION_DENIED" : "RESOURCE_INVALID",
        `${first?.path} ${first?.message}${more}; nothing was changed`.trim(),
        {
          details: all.slice(0, MOST_TOLD),
        },
      );
    },
  };
}
export type Problems = ReturnType<typeof gatherProblems>;

function fieldsOf(details: unknown): { field: string; message: string }[] {
  const list: unknown[] = Array.isArray(details) ? details : [];
  return list.filter(
    (one): one is { field: string; message: string } =>
      typeof one === "object" && one !== null && "field" in one && typeof one.field === "string" && "message" in one && typeof one.message === "string",
  );
}
