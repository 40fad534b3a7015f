import { sql } from "kysely";
import { RunwrightError } from "../../core/errors.ts";
import type { FailureCode } from "../../core/job.ts";
import { type JobError, type JobStatus, mayMove, type Trigger } from "../../core/job.ts";
import { JOURNAL_FORMAT, type Usage } from "../../core/journal.ts";
import type { Manifest } from "../../core/manifest.ts";
import type { Actor } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, parseJsonOrNull, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

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
  params: unknown;
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
}

/** A job that resumes another one begins with part of its journal. */
export type Resumed = Pick<JobRecord, "resumedFrom" | "originId" | "timeOrigin" | "settleSeq" | "runtime">;

export type NewJob = Partial<Resumed> &
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

export interface JobFilter {
  scopes: readonly Scope[];
  runbook?: string;
  statuses?: readonly JobStatus[];
  trigger?: Trigger;
  parentId?: string;
  /** Ids below this one: the cursor of a list that shows the newest first. */
  before?: string;
  limit: number;
}

export interface JobMove {
  to: JobStatus;
  at: number;
  by: string;
  reason: string;
  failureCode?: FailureCode;
  error?: JobError;
  usage?: Usage;
  /** For `waiting`. */
  wakeAt?: number;
  /** Added to the wall time used. */
  usedMs?: number;
  /** The attempt took its runner with it. */
  crashed?: boolean;
}

export function jobReads(db: Db) {
  return {
    async get(id: string): Promise<JobRecord | undefined> {
      const row = await db.selectFrom("jobs").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toJob(row);
    },
    async byIdempotencyKey(key: string): Promise<JobRecord | undefined> {
      const row = await db.selectFrom("jobs").selectAll().where("idempotencyKey", "=", key).executeTakeFirst();
      return row && toJob(row);
    },
    /** Newest first. */
    async list(filter: JobFilter): Promise<JobRecord[]> {
      let query = db.selectFrom("jobs").selectAll().orderBy("id", "desc").limit(filter.limit);
      query = query.where((where) => withinScopes(where, "jobs.scope", filter.scopes));
      if (filter.runbook) query = query.where("runbook", "=", filter.runbook);
      if (filter.statuses) query = query.where("status", "in", filter.statuses);
      if (filter.trigger) query = query.where("trigger", "=", filter.trigger);
      if (filter.parentId) query = query.where("parentId", "=", filter.parentId);
      if (filter.before) query = query.where("id", "<", filter.before);
      return (await query.execute()).map(toJob);
    },
    async transitions(jobId: string): Promise<JobTransition[]> {
      const rows = await db.selectFrom("jobTransitions").selectAll().where("jobId", "=", jobId).orderBy("seq").execute();
      return rows.map((row) => ({
        jobId,
        seq: row.seq,
        at: row.at,
        from: row.fromStatus as JobStatus | null,
        to: row.toStatus as JobStatus,
        by: row.by,
        reason: row.reason,
      }));
    },
    /** When the next waiting job goes on, Unix milliseconds. */
    async nextWake(): Promise<number | null> {
      const row = await db
        .selectFrom("jobs")
        .select("wakeAt")
        .where("status", "=", sql.lit("waiting"))
        .where("wakeAt", "is not", null)
        .orderBy("wakeAt")
        .limit(1)
        .executeTakeFirst();
      return row?.wakeAt ?? null;
    },
    /** Queued jobs that only newer code can go on with. */
    async countNewer(): Promise<number> {
      const row = await db
        .selectFrom("jobs")
        .select((fn) => fn.fn.countAll<number | string>().as("count"))
        .where("status", "=", sql.lit("queued"))
        .where("journalFormat", ">", JOURNAL_FORMAT)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async countByStatus(): Promise<Partial<Record<JobStatus, number>>> {
      const rows = await db
        .selectFrom("jobs")
        .select(["status", (fn) => fn.fn.countAll<number | string>().as("count")])
        .groupBy("status")
        .execute();
      return Object.fromEntries(rows.map((row) => [row.status, Number(row.count)]));
    },
  };
}

export function jobWrites({ db, dialect, noteQueued }: WriteParts) {
  const reads = jobReads(db);

  async function record(jobId: string, from: JobStatus | null, move: Pick<JobMove, "to" | "at" | "by" | "reason">): Promise<void> {
    const seq = sql<number>`(select coalesce(max(seq), 0) + 1 from ${sql.table("jobTransitions")} where ${sql.ref("jobId")} = ${jobId})`;
    await db.insertInto("jobTransitions").values({ jobId, seq, at: move.at, fromStatus: from, toStatus: move.to, by: move.by, reason: move.reason }).execute();
  }

  /** Who owns it, and how far its streams and journal have come: what a writer compares before it adds to them. */
  function progress(jobId: string): Promise<{ fence: number; streamSeq: number; settleSeq: number } | undefined> {
    return dialect.lockRows(db.selectFrom("jobs").select(["fence", "streamSeq", "settleSeq"]).where("id", "=", jobId)).executeTakeFirst();
  }

  return {
    ...reads,
    progress,

    /** @returns the job as stored */
    async insert(job: NewJob, by: string): Promise<JobRecord> {
      const { manifest, params, actor, dry, ...same } = job;
      const fresh = {
        status: "queued" as const,
        failureCode: null,
        startedAt: null,
        endedAt: null,
        attempt: 0,
        crashes: 0,
        engine: null,
        leaseUntil: null,
        fence: 0,
        wakeAt: null,
        usedMs: 0,
        streamSeq: 0,
        settleSeq: same.settleSeq ?? 0,
        resumedFrom: same.resumedFrom ?? null,
        originId: same.originId ?? null,
        timeOrigin: same.timeOrigin ?? null,
        concurrencyKey: null,
        retries: 0,
        streamBase: 0,
        turn: 0,
        journalFormat: JOURNAL_FORMAT,
        runtime: same.runtime ?? null,
      };
      await db
        .insertInto("jobs")
        .values({
          ...same,
          ...fresh,
          heldBack: 0,
          manifestJson: JSON.stringify(manifest),
          paramsJson: JSON.stringify(params),
          actorJson: JSON.stringify(actor),
          dry: dry ? 1 : 0,
          errorJson: null,
          usageJson: null,
        })
        .execute();
      await db
        .insertInto("jobTransitions")
        .values({ jobId: job.id, seq: 1, at: job.createdAt, fromStatus: null, toStatus: "queued", by, reason: job.trigger })
        .execute();
      noteQueued();
      return { ...job, ...fresh, heldBack: false, error: null, usage: null };
    },

    /** Jobs that resume this one, while no other writer looks: on PostgreSQL its row is locked until the transaction ends. */
    async resumptionsOf(jobId: string): Promise<JobRecord[]> {
      await db
        .updateTable("jobs")
        .set((column) => ({ priority: column.ref("priority") }))
        .where("id", "=", jobId)
        .execute();
      return (await db.selectFrom("jobs").selectAll().where("resumedFrom", "=", jobId).execute()).map(toJob);
    },

    /**
     * Takes up to `limit` queued jobs: running from now on, under a new fence, owned until the lease ends. Those whose journal newer code has begun are left to it.
     * @param runtime what runs the job, kept from its first claim on
     */
    async claim(by: { engine: string; now: number; leaseUntil: number; limit: number; runtime?: string }): Promise<JobRecord[]> {
      const { engine, now, leaseUntil, limit } = by;
      // A literal, not a parameter: SQLite uses the partial index only when the query itself says the same.
      const query = db
        .selectFrom("jobs")
        .selectAll()
        .where("status", "=", sql.lit("queued"))
        .where("heldBack", "=", sql.lit(0))
        .where("journalFormat", "<=", JOURNAL_FORMAT)
        .orderBy("priority", "desc")
        .orderBy("turn")
        .orderBy("id")
        .limit(limit);
      const jobs = (await dialect.skipLocked(query).execute()).map(toJob);
      for (const job of jobs) {
        const next = {
          status: "running" as const,
          engine,
          leaseUntil,
          fence: job.fence + 1,
          attempt: job.attempt + 1,
          startedAt: job.startedAt ?? now,
          runtime: job.runtime ?? by.runtime ?? null,
        };
        await db.updateTable("jobs").set(next).where("id", "=", job.id).execute();
        await record(job.id, "queued", { to: "running", at: now, by: engine, reason: `attempt ${next.attempt}` });
        Object.assign(job, next);
      }
      return jobs;
    },

    /** Prolongs the leases of jobs that an engine really holds: one that it lost sight of must run out. */
    async renew(engine: string, jobIds: readonly string[], leaseUntil: number): Promise<void> {
      for (let from = 0; from < jobIds.length; from += 500) {
        const ids = jobIds.slice(from, from + 500);
        await db.updateTable("jobs").set({ leaseUntil }).where("id", "in", ids).where("engine", "=", engine).where("leaseUntil", "is not", null).execute();
      }
    },

    /** Waiting jobs whose time has come go back into the queue. @returns them */
    async wake({ now, by, limit }: { now: number; by: string; limit: number }): Promise<JobRecord[]> {
      const query = db.selectFrom("jobs").selectAll().where("status", "=", sql.lit("waiting")).where("wakeAt", "<=", now).orderBy("wakeAt").limit(limit);
      const jobs = (await dialect.skipLocked(query).execute()).map(toJob);
      for (const job of jobs) {
        await db.updateTable("jobs").set({ status: "queued", wakeAt: null }).where("id", "=", job.id).execute();
        await record(job.id, "waiting", { to: "queued", at: now, by, reason: "its sleep is over" });
        Object.assign(job, { status: "queued", wakeAt: null });
      }
      return jobs;
    },

    /** Of the jobs that an engine believes to run: those that someone wants to end, and those that it has lost. */
    async recalled(engine: string, held: readonly { id: string; fence: number }[]): Promise<{ stopping: string[]; lost: string[] }> {
      const found = new Map<string, { fence: number; status: string }>();
      for (let from = 0; from < held.length; from += 500) {
        const ids = held.slice(from, from + 500).map((job) => job.id);
        const rows = await db.selectFrom("jobs").select(["id", "fence", "status"]).where("id", "in", ids).where("engine", "=", engine).execute();
        for (const row of rows) found.set(row.id, row);
      }
      return {
        stopping: held.flatMap(({ id }) => (found.get(id)?.status === "stopping" ? [id] : [])),
        lost: held.flatMap(({ id, fence }) => (found.get(id)?.fence === fence ? [] : [id])),
      };
    },

    /** Jobs whose engine is gone: its lease has ended, or `engine` itself starts anew and can't hold any. */
    async orphans({ now, engine }: { now: number; engine: string | null }): Promise<JobRecord[]> {
      const rows = await db
        .selectFrom("jobs")
        .selectAll()
        .where("leaseUntil", "is not", null)
        .where((where) => (engine === null ? where("leaseUntil", "<", now) : where.or([where("leaseUntil", "<", now), where("engine", "=", engine)])))
        .limit(500)
        .execute();
      return rows.map(toJob);
    },

    /**
     * Moves a job to another status and records who did it, when and why.
     * @param fence proof of ownership of a runner's engine; `null` for moves that people or the reaper make
     * @returns the job afterwards, or undefined when the fence is old: then nothing has changed
     * @throws JOB_NOT_FOUND, JOB_FINAL
     */
    async move(jobId: string, fence: number | null, wanted: JobMove): Promise<JobRecord | undefined> {
      const row = await dialect.lockRows(db.selectFrom("jobs").selectAll().where("id", "=", jobId)).executeTakeFirst();
      const job = row && toJob(row);
      if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
      if (fence !== null && job.fence !== fence) return undefined;
      // Someone asked to stop it while its runner died: it isn't tried again.
      const move = job.status === "stopping" && wanted.to === "queued" ? { ...wanted, to: "stopped" as const } : wanted;
      if (!mayMove(job.status, move.to)) {
        throw new RunwrightError("JOB_FINAL", `job ${jobId} is ${job.status} and can't become ${move.to}`);
      }
      const owned = move.to === "running" || move.to === "stopping";
      const final = move.to === "completed" || move.to === "failed" || move.to === "stopped";
      const next = {
        status: move.to,
        failureCode: move.failureCode ?? null,
        errorJson: move.error ? JSON.stringify(move.error) : null,
        usageJson: move.usage ? JSON.stringify(move.usage) : job.usage ? JSON.stringify(job.usage) : null,
        usedMs: job.usedMs + (move.usedMs ?? 0),
        crashes: job.crashes + (move.crashed ? 1 : 0),
        endedAt: final ? move.at : null,
        wakeAt: move.wakeAt ?? null,
        ...(owned ? {} : { engine: null, leaseUntil: null, fence: job.fence + 1 }),
      };
      await db.updateTable("jobs").set(next).where("id", "=", jobId).execute();
      await record(jobId, job.status, move);
      if (move.to === "queued") noteQueued();
      const { errorJson: _e, usageJson: _u, ...same } = next;
      return { ...job, ...same, error: move.error ?? null, usage: move.usage ?? job.usage } as JobRecord;
    },

    async advance(jobId: string, counters: { streamSeq?: number; settleSeq?: number }): Promise<void> {
      await db.updateTable("jobs").set(counters).where("id", "=", jobId).execute();
    },
  };
}

function toJob(row: Schema["jobs"]): JobRecord {
  const { manifestJson, paramsJson, actorJson, errorJson, usageJson, ...same } = row;
  return {
    ...same,
    status: row.status as JobStatus,
    failureCode: row.failureCode as FailureCode | null,
    trigger: row.trigger as Trigger,
    dry: row.dry === 1,
    heldBack: row.heldBack === 1,
    manifest: parseJson(manifestJson),
    params: parseJson(paramsJson),
    actor: parseJson(actorJson),
    error: parseJsonOrNull(errorJson),
    usage: parseJsonOrNull(usageJson),
  };
}
