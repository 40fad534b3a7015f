import { chunks, type WriteParts } from "./db.ts";

/** Which waiting jobs are to be put back into the queue when something happens. Times are in the job's own row. */
export function waitWrites({ db, dialect }: Pick<WriteParts, "db" | "dialect">) {
  return {
    async put(jobId: string, topics: readonly string[]): Promise<void> {
      const rows = [...new Set(topics)].map((topic) => ({ topic, jobId }));
      for (const chunk of chunks(rows, dialect.maxParameters)) await db.insertInto("waits").values(chunk).execute();
    },
    /** Ids of jobs that wait for this. */
    async of(topic: string): Promise<string[]> {
      return (await db.selectFrom("waits").select("jobId").where("topic", "=", topic).orderBy("jobId").execute()).map((row) => row.jobId);
    },
    async clear(jobIds: readonly string[]): Promise<void> {
      if (jobIds.length > 0) await db.deleteFrom("waits").where("jobId", "in", jobIds).execute();
    },
  };
}
