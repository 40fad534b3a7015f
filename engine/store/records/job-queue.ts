import { sql } from "kysely";
import { JOURNAL_FORMAT } from "../../core/journal.ts";
import { type Asker, preparedFor, updateRow, type WriteParts } from "./db.ts";
import { type JobRecord, recordMove, toJob } from "./job-record.ts";
import type { Turns } from "./job-turns.ts";
import { waitWrites } from "./job-waits.ts";

// Literals, not parameters: SQLite uses the partial index only when the query itself says the same.
const firstQueued = preparedFor(({ db, dialect }: Asker, limit: number) =>
  dialect.skipLocked(
    db
      .selectFrom("jobs")
      .selectAll()
      .where("status", "=", sql.lit("queued"))
      .where("heldBack", "=", sql.lit(0))
      .where("journalFormat", "<=", JOURNAL_FORMAT)
      .orderBy("priority", "desc")
      .orderBy("turn")
      .orderBy("id")
      .limit(limit),
  ),
);

export interface Claimant {
  engine: string;
  now: number;
  leaseUntil: number;
  /** What runs the job, kept from its first claim on. */
  runtime?: string;
}

/** How jobs leave the queue, and how those that wait for their time come back into it. */
export function jobQueue(parts: WriteParts, turns: Turns) {
  const { db, dialect, noteQueued, noteJob, noteChange } = parts;
  const waits = waitWrites({ db, dialect });

  async function take(job: JobRecord, { engine, now, leaseUntil, runtime }: Claimant): Promise<JobRecord> {
    const next = {
      status: "running" as const,
      engine,
      leaseUntil,
      fence: job.fence + 1,
      attempt: job.attempt + 1,
      startedAt: job.startedAt ?? now,
      runtime: job.runtime ?? runtime ?? null,
    };
    await updateRow(parts, "jobs", job.id, next);
    await recordMove(db, job.id, "queued", { to: "running", at: now, by: engine, reason: `attempt ${next.attempt}` });
    noteChange("jobs");
    return Object.assign(job, next);
  }

  return {
    /**
     * Takes up to `limit` queued jobs: running from now on, under a new fence, owned until the lease ends. Those whose journal newer code has begun are left to it.
     */
    async claim(by: Claimant & { limit: number }): Promise<JobRecord[]> {
      const jobs = (await firstQueued(parts, by.limit)).map(toJob);
      if (jobs.length > 0) turns.forget();
      for (const job of jobs) await take(job, by);
      return jobs;
    },

    /** Takes one job that this very transaction has inserted: nobody has seen it in the queue. */
    take,

    /** Waiting jobs whose time has come go back into the queue. @returns them */
    async wake({ now, by, limit }: { now: number; by: string; limit: number }): Promise<JobRecord[]> {
      const query = db.selectFrom("jobs").selectAll().where("status", "=", sql.lit("waiting")).where("wakeAt", "<=", now).orderBy("wakeAt").limit(limit);
      const jobs = (await dialect.skipLocked(query).execute()).map(toJob);
      for (const job of jobs) {
        const next = { status: "queued" as const, wakeAt: null, turn: await turns.back(job) };
        await db.updateTable("jobs").set(next).where("id", "=", job.id).execute();
        await recordMove(db, job.id, "waiting", { to: "queued", at: now, by, reason: "its time has come" });
        noteJob(job.id);
        Object.assign(job, next);
      }
      if (jobs.length > 0) noteQueued();
      await waits.clear(jobs.map((job) => job.id));
      return jobs;
    },
  };
}
