import { sql } from "kysely";
import type { Scope } from "../../core/scope.ts";
import { chunks, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** Which waiting jobs are to be put back into the queue when something happens. Times are in the job's own row. */
export function waitWrites({ db, dialect }: Pick<WriteParts, "db" | "dialect">) {
  return {
    async put(jobId: string, topics: readonly string[]): Promise<void> {
      const rows = [...new Set(topics)].map((topic) => ({ topic, jobId }));
      for (const chunk of chunks(rows, dialect.maxParameters)) await db.insertInto("waits").values(chunk).execute();
    },
    /** Ids of jobs that wait for this, the oldest first. */
    async of(topic: string, atMost: number = Number.MAX_SAFE_INTEGER): Promise<string[]> {
      return (await db.selectFrom("waits").select("jobId").where("topic", "=", topic).orderBy("jobId").limit(atMost).execute()).map((row) => row.jobId);
    },
    async topicsOf(jobId: string): Promise<string[]> {
      return (await db.selectFrom("waits").select("topic").where("jobId", "=", jobId).execute()).map((row) => row.topic);
    },
    /** Jobs of these scopes that wait for this have their time come now. @returns how many */
    async endAt(topic: string, at: number, within: Scope): Promise<number> {
      const done = await db
        .updateTable("jobs")
        .set({ wakeAt: at })
        .where("status", "=", sql.lit("waiting"))
        .where("id", "in", db.selectFrom("waits").select("jobId").where("topic", "=", topic))
        .where((where) => where.or([where("wakeAt", "is", null), where("wakeAt", ">", at)]))
        .where((where) => withinScopes(where, "jobs.scope", [within]))
        .executeTakeFirst();
      return Number(done.numUpdatedRows);
    },
    async clear(jobIds: readonly string[]): Promise<void> {
      if (jobIds.length > 0) await db.deleteFrom("waits").where("jobId", "in", jobIds).execute();
    },
  };
}
