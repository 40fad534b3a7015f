import type { StreamBody, StreamEntry } from "../../core/job.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRows, parseJson, type WriteParts } from "./db.ts";

const toEntry = ({ bodyJson, seq, at }: Schema["streams"]): StreamEntry => ({ ...parseJson<StreamBody>(bodyJson), seq, at });

export function streamReads(db: Db) {
  return {
    /** Entries with a higher sequence number than `after`, in order. */
    async list(jobId: string, { after, limit }: { after: number; limit: number }): Promise<StreamEntry[]> {
      const rows = await db.selectFrom("streams").selectAll().where("jobId", "=", jobId).where("seq", ">", after).orderBy("seq").limit(limit).execute();
      return rows.map(toEntry);
    },
    /** The newest of those with a lower sequence number than `before`, in order. */
    async newest(jobId: string, { before, limit }: { before: number; limit: number }): Promise<StreamEntry[]> {
      const rows = await db
        .selectFrom("streams")
        .selectAll()
        .where("jobId", "=", jobId)
        .where("seq", "<", before)
        .orderBy("seq", "desc")
        .limit(limit)
        .execute();
      return rows.map(toEntry).reverse();
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
