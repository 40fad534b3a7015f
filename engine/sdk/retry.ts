import type { Duration } from "./duration.ts";

export interface Backoff {
  /** Before the second try; default 1 s. */
  initial?: Duration;
  /** By how much each pause is longer than the one before; default 2. */
  factor?: number;
  /** No pause is longer; default 5 minutes. */
  max?: Duration;
}

export interface RetryOptions {
  /** Tries in all, 1 to 100; default 3. */
  attempts?: number;
  /** Pauses are shortened by up to a quarter at random, so that many jobs don't come back at once. */
  backoff?: Backoff;
  /** Codes or names of errors that are tried again, such as `HTTP_FAILED`; or a function that says so. Default: every error. */
  on?: readonly string[] | ((error: unknown) => boolean);
}
