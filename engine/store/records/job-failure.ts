import type { Happening } from "../../core/happening.ts";
import type { JobRecord } from "./job-record.ts";

/** Rules hear of jobs that were meant: what tests, dry runs and debugged jobs do starts nothing. */
export const isTold = ({ trigger, dry, debug }: Pick<JobRecord, "trigger" | "dry" | "debug">): boolean => trigger !== "test" && !dry && debug === null;

/** What event rules see of a job that has failed; not its parameters, which only it needed to know. */
export function failureOf(
  job: Pick<JobRecord, "id" | "runbook" | "version" | "scope" | "failureCode" | "error" | "trigger" | "parentId" | "correlationId" | "depth">,
  at: number,
): Happening {
  const { id, runbook, version, scope, failureCode, error, trigger, parentId, correlationId, depth } = job;
  const told = error && { name: error.name, message: error.message, ...(error.code === undefined ? {} : { code: error.code }) };
  return {
    id: `job.failed ${id}`,
    kind: "job.failed",
    scope,
    document: {
      kind: "job.failed",
      at: new Date(at).toISOString(),
      job: { id, runbook, version, scope, failureCode, error: told, trigger, parentId, correlationId },
    },
    correlationId,
    depth,
    at,
  };
}
