import { sql } from "kysely";
import { RunwrightError } from "../../core/errors.ts";
import { isFinal, type JobStatus, mayMove, type Trigger } from "../../core/job.ts";
import { JOURNAL_FORMAT } from "../../core/journal.ts";
import { ROOT_SCOPE, type Scope, scopeIncludes } from "../../core/scope.ts";
import { topicOfJob } from "../../core/wait.ts";
import { type Asker, type Db, insertRow, preparedFor, updateRow, type WriteParts } from "./db.ts";
import { happeningWrites } from "./happenings.ts";
import { jobCountReads } from "./job-counts.ts";
import { failureOf, isTold } from "./job-failure.ts";
import { jobGate } from "./job-gate.ts";
import { jobPurge } from "./job-purge.ts";
import { jobQueue } from "./job-queue.ts";
import { type JobMove, type JobRecord, type JobTransition, type NewJob, recordMove, toJob } from "./job-record.ts";
import { createTurns } from "./job-turns.ts";
import { waitWrites } from "./job-waits.ts";
import { withinScopes } from "./scopes.ts";

export type { JobMove, JobRecord, JobTransition, NewJob, Resumed } from "./job-record.ts";

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

const ROUSED_AT_ONCE = 500;

export function jobReads(db: Db) {
  return {
    ...jobCountReads(db),
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
    /** Jobs that go on although the one that has started them was stopped. */
    async childrenOfStopped(limit: number): Promise<{ id: string; parentId: string }[]> {
      const rows = await db
        .selectFrom("jobs as child")
        .innerJoin("jobs as parent", "parent.id", "child.parentId")
        .select(["child.id", "child.parentId"])
        .where("child.parentId", "is not", null)
        .where("child.endedAt", "is", null)
        .where("child.status", "!=", "stopping")
        .where("parent.status", "in", ["stopping", "stopped"])
        .limit(limit)
        .execute();
      return rows.map(({ id, parentId }) => ({ id, parentId: parentId ?? "" }));
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
    /** Jobs of one run of a resource that haven't ended, oldest first. */
    async underWayOf(source: string): Promise<{ id: string; status: JobStatus }[]> {
      const rows = await db.selectFrom("jobs").select(["id", "status"]).where("source", "=", source).where("endedAt", "is", null).orderBy("id").execute();
      return rows.map(({ id, status }) => ({ id, status: status as JobStatus }));
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

const lockProgress = preparedFor(({ db, dialect }: Asker, jobId: string) =>
  dialect.lockRows(db.selectFrom("jobs").select(["fence", "streamSeq", "settleSeq"]).where("id", "=", jobId)),
);
const lockJob = preparedFor(({ db, dialect }: Asker, jobId: string) => dialect.lockRows(db.selectFrom("jobs").selectAll().where("id", "=", jobId)));

export function jobWrites(parts: WriteParts) {
  const { db, noteQueued, noteJob, noteChange } = parts;
  const happenings = happeningWrites(parts);
  const waits = waitWrites(parts);
  const turns = createTurns(db);
  const { letGo, ...gate } = jobGate(parts, turns);

  /** Who owns it, and how far its streams and journal have come: what a writer compares before it adds to them. */
  const progress = async (jobId: string): Promise<{ fence: number; streamSeq: number; settleSeq: number } | undefined> => (await lockProgress(parts, jobId))[0];

  /** Until the transaction ends nobody else changes this job. */
  async function lock(jobId: string): Promise<JobRecord | undefined> {
    const [row] = await lockJob(parts, jobId);
    return row && toJob(row);
  }

  /**
   * Puts jobs that wait for this back into the queue, of those in `within` and below. Of thousands only the first: the time of the others comes now, so that no
   * transaction lasts longer than leases do.
   * @returns those that are queued, and how many are `due`
   */
  async function rouse(
    topic: string,
    { within = ROOT_SCOPE, ...how }: Pick<JobMove, "at" | "by" | "reason"> & { within?: Scope },
  ): Promise<{ roused: JobRecord[]; due: number }> {
    const roused: JobRecord[] = [];
    const first = await waits.of(topic, ROUSED_AT_ONCE);
    for (const jobId of first) {
      const found = await lock(jobId);
      if (found?.status !== "waiting" || !scopeIncludes(within, found.scope)) continue;
      const job = await move(jobId, null, { to: "queued", ...how });
      if (job) roused.push(job);
    }
    return { roused, due: first.length < ROUSED_AT_ONCE ? 0 : await waits.endAt(topic, how.at, within) };
  }

  /**
   * Moves a job to another status and records who did it, when and why.
   * @param fence proof of ownership of a runner's engine; `null` for moves that people or the reaper make
   * @returns the job afterwards, or undefined when the fence is old: then nothing has changed
   * @throws JOB_NOT_FOUND, JOB_FINAL
   */
  async function move(jobId: string, fence: number | null, wanted: JobMove): Promise<JobRecord | undefined> {
    const job = await lock(jobId);
    if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
    if (fence !== null && job.fence !== fence) return undefined;
    // Someone asked to stop it while its runner died or it began to wait: it doesn't go on.
    const isUnwanted = job.status === "stopping" && (wanted.to === "queued" || wanted.to === "waiting");
    const move = isUnwanted ? { ...wanted, to: "stopped" as const } : wanted;
    if (!mayMove(job.status, move.to)) {
      throw new RunwrightError("JOB_FINAL", `job ${jobId} is ${job.status} and can't become ${move.to}`);
    }
    const owned = move.to === "running" || move.to === "stopping";
    const final = isFinal(move.to);
    // Who hasn't begun gives its place up while it is suspended.
    const heldBack = !final && (job.heldBack || (move.to === "suspended" && job.attempt === 0 && job.concurrencyKey !== null));
    const next = {
      status: move.to,
      failureCode: move.failureCode ?? null,
      errorJson: move.error ? JSON.stringify(move.error) : null,
      usageJson: move.usage ? JSON.stringify(move.usage) : job.usage ? JSON.stringify(job.usage) : null,
      usedMs: job.usedMs + (move.usedMs ?? 0),
      crashes: job.crashes + (move.crashed ? 1 : 0),
      endedAt: final ? move.at : null,
      wakeAt: move.to === "waiting" ? (move.wakeAt ?? null) : null,
      heldBack: heldBack ? 1 : 0,
      turn: move.to !== "queued" || heldBack ? job.turn : job.status === "running" ? await turns.again(job, job.turn) : await turns.back(job),
      ...(owned ? {} : { engine: null, leaseUntil: null, fence: job.fence + 1 }),
    };
    await updateRow(parts, "jobs", jobId, next);
    await recordMove(db, jobId, job.status, move);
    noteJob(jobId);
    if (job.status === "waiting") await waits.clear([jobId]);
    if (move.to === "queued" && !heldBack) noteQueued();
    if (move.to === "failed" && isTold(job)) await happenings.tell(failureOf({ ...job, failureCode: next.failureCode, error: move.error ?? null }, move.at));
    // Whoever begins to wait for this job locks its row first, as was done above: it is seen here, or sees that the job has ended.
    if (final && job.parentId !== null) await rouse(topicOfJob(jobId), { at: move.at, by: move.by, reason: `${jobId} has ended` });
    const moved = { ...job, ...next, heldBack, error: move.error ?? null, usage: move.usage ?? job.usage };
    const { errorJson: _e, usageJson: _u, ...same } = moved;
    if (job.concurrencyKey === null || !(final || heldBack)) return same;
    const gone = await letGo(job.concurrencyKey, { at: move.at, by: move.by, reason: final ? `${jobId} has ended` : "there is room for it" });
    const turn = gone.get(jobId);
    return turn === undefined ? same : { ...same, heldBack: false, turn };
  }

  return {
    ...jobReads(db),
    ...jobQueue(parts, turns),
    ...jobPurge(parts),
    ...gate,
    progress,
    lock,
    move,
    rouse,

    /** @param reason why it is where it is; default: what triggered it. @returns the job as stored */
    async insert(job: NewJob, by: string, reason: string = job.trigger): Promise<JobRecord> {
      const { manifest, params, actor, dry, heldBack = false, ...same } = job;
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
        concurrencyKey: same.concurrencyKey ?? null,
        retries: 0,
        streamBase: 0,
        // Who is held back gets a turn when it is let go.
        turn: heldBack ? 0 : await turns.behind(job),
        journalFormat: JOURNAL_FORMAT,
        runtime: same.runtime ?? null,
        source: same.source ?? null,
        sealedParams: same.sealedParams ?? null,
        debug: same.debug ?? null,
        replayOf: same.replayOf ?? null,
        narrowedTo: same.narrowedTo ?? null,
      };
      await insertRow(parts, "jobs", {
        ...same,
        ...fresh,
        heldBack: heldBack ? 1 : 0,
        manifestJson: JSON.stringify(manifest),
        paramsJson: JSON.stringify(params),
        actorJson: JSON.stringify(actor),
        dry: dry ? 1 : 0,
        errorJson: null,
        usageJson: null,
      });
      await insertRow(parts, "jobTransitions", { jobId: job.id, seq: 1, at: job.createdAt, fromStatus: null, toStatus: "queued", by, reason });
      if (!heldBack) noteQueued();
      noteChange("jobs");
      return { ...job, ...fresh, heldBack, error: null, usage: null };
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

    /** Children of a failed job that go on belong to the one that goes on for it: whoever stops that one stops them. */
    async adoptChildren(from: string, to: string): Promise<void> {
      await db.updateTable("jobs").set({ parentId: to }).where("parentId", "=", from).where("endedAt", "is", null).execute();
    },

    /** Prolongs the leases of jobs that an engine really holds: one that it lost sight of must run out. */
    async renew(engine: string, jobIds: readonly string[], leaseUntil: number): Promise<void> {
      for (let from = 0; from < jobIds.length; from += 500) {
        const ids = jobIds.slice(from, from + 500);
        await db.updateTable("jobs").set({ leaseUntil }).where("id", "in", ids).where("engine", "=", engine).where("leaseUntil", "is not", null).execute();
      }
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

    /** A failed job is tried again: its counters begin anew where the journal now ends. */
    async retry(jobId: string, next: { retries: number; settleSeq: number; streamSeq: number; timeOrigin: number | null }): Promise<void> {
      await db
        .updateTable("jobs")
        .set({ ...next, streamBase: next.streamSeq, usedMs: 0, crashes: 0 })
        .where("id", "=", jobId)
        .execute();
    },

    /** How its parameters are shown. */
    async setParameters(jobId: string, { params, sealedParams }: Pick<JobRecord, "params" | "sealedParams">): Promise<void> {
      await db
        .updateTable("jobs")
        .set({ paramsJson: JSON.stringify(params), sealedParams })
        .where("id", "=", jobId)
        .execute();
    },

    async advance(jobId: string, counters: { streamSeq?: number; settleSeq?: number }): Promise<void> {
      await updateRow(parts, "jobs", jobId, counters);
    },
  };
}
