/**
 * A job is one execution of one runbook version. An attempt is one try at it on one runner.
 * A crash of a runner or an engine ends the attempt, not the job.
 */
export const JOB_STATUSES = ["queued", "running", "waiting", "suspended", "stopping", "completed", "failed", "stopped"] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Legal moves. What is final follows from them. */
export const NEXT_STATUSES: Record<JobStatus, readonly JobStatus[]> = {
  queued: ["running", "suspended", "stopped", "failed"], // failed: rejected, or its bundle is damaged
  running: ["waiting", "suspended", "stopping", "completed", "failed", "stopped", "queued"], // queued: its runner died
  waiting: ["queued", "suspended", "stopping", "stopped", "failed"],
  suspended: ["queued", "stopping", "stopped"],
  stopping: ["stopped", "completed", "failed"], // the runner may end first
  completed: [],
  failed: [],
  stopped: [],
};

export const isFinal = (status: JobStatus): boolean => NEXT_STATUSES[status].length === 0;
export const mayMove = (from: JobStatus, to: JobStatus): boolean => NEXT_STATUSES[from].includes(to);

/** Why a job failed, for programs; the error's message says it for people. */
export const FAILURE_CODES = [
  "error", // the runbook threw
  "timeout", // wall time
  "memory",
  "cpu",
  "permission_denied",
  "output_limit", // bytes of output, log and progress
  "log_rate",
  "host_calls",
  "journal_limit", // all outcomes together
  "nondeterminism", // a replayed call differs from its record
  "crash_loop", // its attempts kept killing their runner
  "rejected", // never ran: its version is gone, its parameters no longer fit
  "damaged", // its bundle or journal doesn't match its hash
  "secret_changed", // a pinned secret version is gone
  "no_dry_result", // a dry run came to a write that can't say what it would have done
] as const;
export type FailureCode = (typeof FAILURE_CODES)[number];

/** Within these; jobs of a higher priority go first, whatever waits below. */
export const PRIORITIES = { lowest: -100, highest: 100 } as const;

/** What asked for a job. */
export const TRIGGERS = ["manual", "schedule", "webhook", "alert", "deployment", "job", "test"] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface JobError {
  name: string;
  message: string;
  /** Of an error of a host function, or whatever the runbook's own error has as `code`. */
  code?: string;
  /** TypeScript positions, innermost first, one frame a line. */
  stack?: string;
}

/** What a job wrote, in order. `seq` counts from 1 within the job, over all kinds. */
export const STREAM_KINDS = ["output", "log", "progress"] as const;
export type StreamKind = (typeof STREAM_KINDS)[number];
export const LOG_LEVELS = ["debug", "verbose", "info", "warning", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type StreamBody =
  | { kind: "output"; value: unknown }
  | { kind: "log"; level: LogLevel; message: string; details?: unknown }
  | { kind: "progress"; fraction: number; message?: string };

export type StreamEntry = StreamBody & {
  seq: number;
  /** Job time, Unix milliseconds. */
  at: number;
};
