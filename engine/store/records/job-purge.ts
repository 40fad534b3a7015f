import { sql } from "kysely";
import { jobOfCall } from "../../core/call-id.ts";
import { parts, type WriteParts } from "./db.ts";

/** Jobs that are looked at in one write. */
const JOBS_AT_ONCE = 100;

/** Removal of jobs that ended long ago, with all that they wrote, a part at a time: a job may have written a gigabyte, and whoever else writes waits for no more than one part. */
export function jobPurge({ db }: Pick<WriteParts, "db">) {
  /** Rows of one job from the front of a table, at most so many by its counter. @returns how many went */
  async function front(table: "streams" | "journal", counter: "seq" | "call", jobId: string, room: number): Promise<number> {
    const column = sql.ref(counter);
    const { numAffectedRows } = await sql`
      delete from ${sql.table(table)}
      where ${sql.ref("jobId")} = ${jobId}
        and ${column} < (select min(${column}) from ${sql.table(table)} where ${sql.ref("jobId")} = ${jobId}) + ${room}`.execute(db);
    return Number(numAffectedRows ?? 0);
  }

  async function rest(jobId: string): Promise<void> {
    const approvals = db.selectFrom("approvals").select("id").where("jobId", "=", jobId);
    await db.deleteFrom("approvalDecisions").where("approvalId", "in", approvals).execute();
    await db.deleteFrom("approvals").where("jobId", "=", jobId).execute();
    await db.deleteFrom("jobTransitions").where("jobId", "=", jobId).execute();
    await db.deleteFrom("waits").where("jobId", "=", jobId).execute();
    await db.deleteFrom("jobs").where("id", "=", jobId).execute();
  }

  return {
    /**
     * Removes of jobs that ended before a time. One whose parent goes on stays: whoever stops the parent looks for it.
     * @param room rows of streams and journals that this write may remove
     * @returns whether there is more to remove
     */
    async purge(before: number, room: number): Promise<boolean> {
      const old = await db
        .selectFrom("jobs")
        .select("id")
        .where("endedAt", "<", before)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom("jobs as parent").select("parent.id").whereRef("parent.id", "=", "jobs.parentId").where("parent.endedAt", "is", null))),
        )
        .orderBy("endedAt")
        .limit(JOBS_AT_ONCE)
        .execute();
      let left = room;
      for (const { id } of old) {
        left -= await front("streams", "seq", id, left);
        if (left <= 0) return true;
        left -= await front("journal", "call", id, left);
        if (left <= 0) return true;
        await rest(id);
      }
      return old.length === JOBS_AT_ONCE;
    },

    /**
     * That calls have changed machines before a time, when their jobs are gone: as long as there is a job it may ask again. Looks at no more than so many, from `after` on.
     * @returns where to go on; null: that was the last part
     */
    async purgeMachineChanges(before: number, { after, limit }: { after: string; limit: number }): Promise<string | null> {
      const made = db.selectFrom("machineChanges").select("call").where("at", "<", before).where("call", ">", after);
      const calls = (await made.orderBy("call").limit(limit).execute()).map(({ call }) => call);
      const jobs = [...new Set(calls.map(jobOfCall))];
      const there = new Set<string>();
      for (const ids of parts(jobs)) for (const { id } of await db.selectFrom("jobs").select("id").where("id", "in", ids).execute()) there.add(id);
      const gone = calls.filter((call) => !there.has(jobOfCall(call)));
      for (const some of parts(gone)) await db.deleteFrom("machineChanges").where("call", "in", some).execute();
      return calls.length === limit ? (calls.at(-1) ?? null) : null;
    },

    /** Commands for machines that ended before a time, with what they wrote; at most so many. @returns how many went */
    async purgeCommands(before: number, limit: number): Promise<number> {
      const old = await db
        .selectFrom("commands")
        .select("id")
        .where("endedAt", "<", before)
        .where("unheard", "=", sql.lit(0))
        .orderBy("endedAt")
        .limit(limit)
        .execute();
      const ids = old.map(({ id }) => id);
      if (ids.length === 0) return 0;
      await db.deleteFrom("commandOutput").where("commandId", "in", ids).execute();
      await db.deleteFrom("commands").where("id", "in", ids).execute();
      return ids.length;
    },
  };
}
