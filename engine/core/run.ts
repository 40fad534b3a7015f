import type { DebugLink } from "./debug.ts";
import type { DefinitionProblem } from "./definition.ts";
import type { FailureCode, JobError, StreamBody } from "./job.ts";
import type { Effect, Ending, Outcome, RecordedCall } from "./journal.ts";
import type { Manifest } from "./manifest.ts";
import type { MaskedValue } from "./masking.ts";
import type { Actor } from "./role.ts";

/** One attempt, as the sandbox gets it from the dispatcher. */
export interface AttemptToRun {
  jobId: string;
  /** First job of a chain of resumed ones, else the job itself: guest code sees this id, and arguments are hashed with its key, so that a resumed journal matches. */
  originId: string;
  /** From 1. */
  attempt: number;
  runbook: string;
  /** `null`: a draft. */
  version: number | null;
  scope: string;
  /** JavaScript: an immediately invoked function that assigns the module's exports to the global `__runbook`. */
  bundle: string;
  bundleHash: string;
  /** Source map of the bundle, JSON; positions in stack traces are mapped with it. */
  sourceMap: string | null;
  manifest: Manifest;
  params: unknown;
  /** What is secret in the parameters: the job that gave them has read it. Masked from the start. */
  secrets: readonly MaskedValue[];
  /** Hex; `Math.random` and `crypto` in the isolate draw from it. */
  seed: string;
  /** Job time at the start of the first attempt, Unix milliseconds. */
  startedAt: number;
  /** Milliseconds of wall time used by earlier attempts. */
  usedMs: number;
  /** Writes are recorded, not done. */
  dry: boolean;
  /** Selector that cuts every selection of machines; absent: nothing is cut. */
  narrowedTo?: string | null;
  /** Somebody debugs it: it gets a process of its own, and its code is held until the session lets it go. */
  debug?: DebugLink;
  /** Tries that the runbook's policy has added before this one. */
  retry: number;
  /** Events count from here on, Unix milliseconds: when the job was asked for. */
  eventsFrom: number;
  /** Who asked for the job. */
  actor: Actor;
  correlationId: string;
  /** Causal depth: 0 for a job that no job has started. */
  depth: number;
  /** Calls that earlier attempts recorded, by number of issue. */
  recorded: readonly RecordedCall[];
  /** Stream entries already stored; as many are skipped when the runbook writes them again. */
  storedStreamEntries: number;
}

/**
 * What an attempt writes down. Everything goes through one ordered queue per job: what was handed over first is committed first or together.
 * While the database is away, answers wait. A rejected promise means that this engine no longer owns the job: the attempt must end at once, changing nothing more.
 */
export interface AttemptJournal {
  /** Commits that a write was issued, before it is performed. Reads need no such record. */
  issue(call: IssuedCall): Promise<void>;
  /** Commits the outcome, numbers the settlement and returns job time from here on. Guest code sees the outcome only afterwards. @throws TOO_LARGE when the journal holds too much already: the job has failed */
  settle(call: IssuedCall, outcome: Outcome): Promise<{ order: number; at: number }>;
  /** Adds to the job's streams, in order, without waiting. */
  emit(body: StreamBody, at: number): void;
  /** The parameters hold what is secret: from the next write on they are shown without it. In order, without waiting. */
  conceal?(secrets: readonly MaskedValue[]): void;
  /** `listener` is told when nothing can be written for a while, and when it can again: answers come late then, and that isn't the job's time. */
  onOutage?(listener: (isAway: boolean) => void): void;
  /** Guest code has been given every outcome that there is, and can do nothing until another one comes. Tests move their clocks only then. */
  idle?(): void;
  /** Where the bundle has been, as V8 counts it: JSON text of `{ start, end, count }`, the outer before the inner. Of runners that cover alone. */
  covered?(ranges: string): void;
}

export interface IssuedCall {
  call: number;
  op: string;
  effect: Effect;
  retry: number;
  /** When guest code made it, Unix milliseconds by the wall clock; of one that an earlier attempt has made already the job time at which it did. */
  issuedAt: number;
  args: unknown;
  argsHash: string;
}

export interface Run {
  /** Never rejects. */
  ended: Promise<Ending>;
  /** Ends guest code at once, also in an endless loop. */
  stop(): void;
  /** Ends the attempt because the engine stops or lost the job; `ended` becomes `lost`. */
  abandon(reason: string): void;
}

export interface Sandbox {
  run(attempt: AttemptToRun, journal: AttemptJournal): Run;
  /** How many more attempts can start now. */
  freeSlots(): number;
  /** Calls `concurrency.key` of a bundle in a throw-away isolate without any capability. Never rejects for what the bundle does. @throws OVERLOADED */
  concurrencyKey(request: KeyRequest): Promise<KeyReading>;
}

export interface KeyRequest {
  bundle: string;
  bundleHash: string;
  sourceMap: string | null;
  /** As the job will see them. */
  params: unknown;
  /** What `Date` shows in there, Unix milliseconds. */
  now: number;
}

export type KeyReading = { ok: true; key: string } | { ok: false; problem: string };

/** What extraction finds when it loads a bundle in a fresh isolate without any capability. */
export type Extraction =
  | { ok: true; manifest: Manifest }
  | {
      ok: false;
      failureCode: FailureCode;
      error: JobError;
      /** The bundle ran, but its definition isn't valid: what `readDefinition` found. */
      problems?: readonly DefinitionProblem[];
    };
