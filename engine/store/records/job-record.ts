import { sql } from "kysely";
import type { DebugKind } from "../../core/debug.ts";
import type { FailureCode, JobError, JobStatus, Trigger } from "../../core/job.ts";
import type { Usage } from "../../core/journal.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Actor } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, parseJsonOrNull, prepared } from "./db.ts";

export interface JobRecord {
  id: string;
  runbookId: string;
  runbook: string;
  /** `null`: a draft. */
  version: number | null;
  bundleHash: string;
  manifest: Manifest;
  scope: Scope;
  status: JobStatus;
  failureCode: FailureCode | null;
  error: JobError | null;
  /** As they are shown. */
  params: unknown;
  /** With what is secret in them, sealed; null: nothing is. */
  sealedParams: Uint8Array | null;
  trigger: Trigger;
  dry: boolean;
  actor: Actor;
  correlationId: string;
  parentId: string | null;
  depth: number;
  /** Job whose journal it began with. */
  resumedFrom: string | null;
  /** First job of a chain of resumed ones; null: itself. */
  originId: string | null;
  /** Job time at the start of that one, Unix milliseconds; null: its own start. */
  timeOrigin: number | null;
  priority: number;
  seed: string;
  wrappedKey: Uint8Array;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  attempt: number;
  crashes: number;
  engine: string | null;
  leaseUntil: number | null;
  fence: number;
  /** When a waiting job goes on, Unix milliseconds. */
  wakeAt: number | null;
  usedMs: number;
  usage: Usage | null;
  streamSeq: number;
  settleSeq: number;
  idempotencyKey: string | null;
  /** Jobs with the same key count together. */
  concurrencyKey: string | null;
  /** Queued, and kept there until another job of the same key has ended. */
  heldBack: boolean;
  /** Tries that the runbook's own policy has added. */
  retries: number;
  /** Stream entries of earlier tries that the present one doesn't write again. */
  streamBase: number;
  /** Place in the queue among jobs of the same priority. */
  turn: number;
  journalFormat: number;
  /** JavaScript runtime that began the job. */
  runtime: string | null;
  /** Run of a resource that asked for it, `ID/RUN`. */
  source: string | null;
  /** Somebody debugs it: it runs in the process of its session, and ends with it. */
  debug: DebugKind | null;
  /** Job that it replays. */
  replayOf: string | null;
  /** Selector that cuts whatever it and its children select; null: nothing is cut. */
  narrowedTo: string | null;
}

/** A job that resumes another one begins with part of its journal. */
export type Resumed = Pick<JobRecord, "resumedFrom" | "originId" | "timeOrigin" | "settleSeq" | "runtime">;

export type NewJob = Partial<Resumed & Pick<JobRecord, "concurrencyKey" | "heldBack" | "source" | "sealedParams" | "debug" | "replayOf" | "narrowedTo">> &
  Pick<
    JobRecord,
    | "id"
    | "runbookId"
    | "runbook"
    | "version"
    | "bundleHash"
    | "manifest"
    | "scope"
    | "params"
    | "trigger"
    | "dry"
    | "actor"
    | "correlationId"
    | "parentId"
    | "depth"
    | "priority"
    | "seed"
    | "wrappedKey"
    | "createdAt"
    | "idempotencyKey"
  >;

export interface JobTransition {
  jobId: string;
  seq: number;
  at: number;
  from: JobStatus | null;
  to: JobStatus;
  by: string;
  reason: string;
}

export interface JobMove {
  to: JobStatus;
  at: number;
  by: string;
  reason: string;
  failureCode?: FailureCode;
  error?: JobError;
  usage?: Usage;
  /** For `waiting`; null: until something else happens. */
  wakeAt?: number | null;
  /** Added to the wall time used. */
  usedMs?: number;
  /** The attempt took its runner with it. */
  crashed?: boolean;
}

export function toJob(row: Schema["jobs"]): JobRecord {
  const { manifestJson, paramsJson, actorJson, errorJson, usageJson, ...same } = row;
  return {
    ...same,
    status: row.status as JobStatus,
    failureCode: row.failureCode as FailureCode | null,
    trigger: row.trigger as Trigger,
    debug: row.debug as DebugKind | null,
    dry: row.dry === 1,
    heldBack: row.heldBack === 1,
    manifest: parseJson(manifestJson),
    params: parseJson(paramsJson),
    actor: parseJson(actorJson),
    error: parseJsonOrNull(errorJson),
    usage: parseJsonOrNull(usageJson),
  };
}

/** Writes down who moved a job, when and why. */
export async function recordMove(db: Db, jobId: string, from: JobStatus | null, move: Pick<JobMove, "to" | "at" | "by" | "reason">): Promise<void> {
  // What guest code threw may be in it, and PostgreSQL stores no NUL: the move itself would be refused, again and again.
  const reason = move.reason.replaceAll("\0", "\ufffd");
  await insertNext(db, jobId, move.at, from, move.to, move.by, reason);
}

const insertNext = prepared((db, jobId: string, at: number, from: JobStatus | null, to: JobStatus, by: string, reason: string) =>
  db.insertInto("jobTransitions").values({
    ...{ jobId, at, fromStatus: from, toStatus: to, by, reason },
    seq: sql<number>`(select coalesce(max(seq), 0) + 1 from ${sql.table("jobTransitions")} where ${sql.ref("jobId")} = ${jobId})`,
  }),
);
