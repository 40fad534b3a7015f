import type { FailureCode, JobError } from "./job.ts";
import type { Wait } from "./wait.ts";

/**
 * How journals are written by this code. A job keeps the format with which it began: code that doesn't know it leaves the job to code that does, so a change of
 * what is stored, or of what guest code is shown for it, takes a new number, and the old one must still be read.
 * 2: encrypted variables are kept by name and version, and parameters may be sealed; what format 1 holds is read as it was.
 */
export const JOURNAL_FORMAT = 2;

/** Arguments and outcomes of all calls of one job together, as JSON: an attempt that replays them holds them in memory. */
export const MAX_JOURNAL_BYTES = 256 * 1024 * 1024;

/**
 * The journal of a job: the outcome of every host call, in order. Replaying it brings a job back to where it was.
 * Calls are numbered from 1 in the order of issue; settlements are numbered from 1 in the order in which outcomes were committed.
 */
export type Outcome = { ok: true; value: unknown } | { ok: false; error: { name: string; message: string; code?: string } };

/** What a host call does to the world; a dry job records writes instead of doing them. */
export type Effect = "read" | "write";

export interface RecordedCall {
  /** Number in the order of issue, from 1. */
  call: number;
  /** Capability and function, such as `machines.exec`. */
  op: string;
  /** JSON text of the arguments as shown: secrets replaced by `secret:NAME@VERSION`. */
  argsJson: string;
  /** Try in which it was issued: its id for the outside goes by it. */
  retry: number;
  /** Keyed hash of the arguments with their secrets, hex. */
  argsHash: string;
  /** Absent while the call was issued but has no committed outcome. */
  settlement?: {
    /** Number in the order of settlement, from 1. */
    order: number;
    /** What is stored is opened when it is asked for: until then nothing that is said of the call is proven. @throws DATABASE_DAMAGED when any of it isn't as it was written */
    readonly outcome: Outcome;
    /** The same without the outcome, if it wasn't done yet. @throws likewise */
    prove?(): void;
    /** Job time from here on, Unix milliseconds. */
    at: number;
  };
}

/** How an attempt ended. `lost`: its runner died; the job goes on with another attempt. */
export type Ending =
  | { kind: "completed"; usage: Usage }
  | { kind: "failed"; failureCode: FailureCode; error: JobError; usage: Usage }
  | { kind: "stopped"; usage: Usage }
  /** It does nothing but wait: its isolate is released, and another attempt goes on from the journal when the first of the waits is over. */
  | { kind: "waiting"; waits: readonly Wait[]; usage: Usage }
  /** `blameless`: another job or the engine itself ended the runner; it says nothing against this job. */
  | { kind: "lost"; reason: string; blameless?: boolean };

export interface Usage {
  /** CPU time of the isolate, milliseconds. */
  cpuMs: number;
  /** Peak heap of the isolate, bytes. */
  heapBytes: number;
  hostCalls: number;
}
