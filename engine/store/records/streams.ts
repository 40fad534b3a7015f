import type { StreamBody, StreamEntry } from "../../core/job.ts";
import { type Db, insertRows, parseJson, type WriteParts } from "./db.ts";

export function streamReads(db: Db) {
  return {
    /** Entries with a higher sequence number than `after`, in order. */
    async list(jobId: string, { after, limit }: { after: number; limit: number }): Promise<StreamEntry[]> {
      const rows = await db.selectFrom("streams").selectAll().where("jobId", "=", jobId).where("seq", ">", after).orderBy("seq").limit(limit).execute();
      return rows.map((row) => ({ ...parseJson<StreamBody>(row.bodyJson), seq: row.seq, at: row.at }));
    },
  };
}

export function streamWrites(parts: WriteParts) {
  return {
    ...streamReads(parts.db),
    async append(jobId: string, entries: readonly StreamEntry[]): Promise<void> {
      const rows = entries.map(({ seq, at, ...body }) => ({ jobId, seq, at, bodyJson: JSON.stringify(body) }));
      await insertRows(parts, "streams", rows);
    },
  };
}
