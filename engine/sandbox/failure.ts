import type { FailureCode, JobError } from "../core/job.ts";
import { holdsMoreValues, MAX_JSON_DEPTH, nestsTooDeep } from "../core/json.ts";

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

/** A call's arguments are walked several times by the engine's own thread: parsed, masked, compared. */
const MAX_ARGUMENT_VALUES = 100_000;

export function refuseManyValues(json: string, what: string): void {
  if (holdsMoreValues(json, MAX_ARGUMENT_VALUES))
    throw new JobFailure("error", { name: "RangeError", message: `${what} holds more than ${MAX_ARGUMENT_VALUES} values: pass a part at a time, or text` });
}

export const limitFailure = (failureCode: FailureCode, message: string): JobFailure => new JobFailure(failureCode, { name: "LimitError", message });
