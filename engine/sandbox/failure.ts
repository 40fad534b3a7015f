import type { FailureCode, JobError } from "../core/job.ts";

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

export const limitFailure = (failureCode: FailureCode, message: string): JobFailure => new JobFailure(failureCode, { name: "LimitError", message });
