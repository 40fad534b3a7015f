import type { FailureCode, JobError, JobStatus } from "../core/job.ts";
import type { Json } from "../core/json.ts";

export interface StartOptions {
  /** Version to run; without it the newest published one. */
  version?: number;
}

/** How a child job ended. */
export interface JobResult {
  id: string;
  runbook: string;
  version: number | null;
  status: JobStatus;
  failureCode: FailureCode | null;
  error: JobError | null;
  outputs: Json[];
}

/** Jobs of runbooks that this runbook declared. */
export interface Jobs<Name extends string = string> {
  /** Starts a child job and doesn't wait for it. */
  start(runbook: Name, params?: { readonly [key: string]: unknown }, options?: StartOptions): Promise<{ id: string }>;
  /** Starts a child job and waits until it has ended. A failed child doesn't throw: look at `status`. */
  run(runbook: Name, params?: { readonly [key: string]: unknown }, options?: StartOptions): Promise<JobResult>;
}
