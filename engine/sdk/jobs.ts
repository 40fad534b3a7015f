import type { FailureCode, JobError, JobStatus } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { KnownParameters } from "./known.ts";

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

/** Parameters may be left out where none of them is required. */
type Given<Name extends string> =
  Record<never, never> extends KnownParameters<Name>
    ? [params?: KnownParameters<Name>, options?: StartOptions]
    : [params: KnownParameters<Name>, options?: StartOptions];

/** Jobs of runbooks that this runbook declared. */
export interface Jobs<Name extends string = string> {
  /** Starts a child job and doesn't wait for it. */
  start<Key extends Name>(runbook: Key, ...given: Given<Key>): Promise<{ id: string }>;
  /** Starts a child job and waits until it has ended. A failed child doesn't throw: look at `status`. */
  run<Key extends Name>(runbook: Key, ...given: Given<Key>): Promise<JobResult>;
}
