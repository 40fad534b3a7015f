import type { FailureCode, JobError } from "../core/job.ts";
import { MAX_JSON_DEPTH, nestsTooDeep } from "../core/json.ts";

/** Ends an attempt with a failure of the job itself; everything else that is thrown is a fault of the engine, the journal or the runner. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";
  readonly failureCode: FailureCode;
  readonly error: JobError;

  constructor(failureCode: FailureCode, error: JobError) {
    super(error.message);
    this.failureCode = failureCode;
    this.error = error;
  }
}

/** Guest code decides how deep its values nest: it is the job that fails of it, not the runner. */
export function refuseDeepJson(json: string, what: string): void {
  if (nestsTooDeep(json)) throw new JobFailure("error", { name: "RangeError", message: `${what} nests deeper than ${MAX_JSON_DEPTH} levels` });
}

export const limitFailure = (failureCode: FailureCode, message: string): JobFailure => new JobFailure(failureCode, { name: "LimitError", message });
