import type { DeliveryStatus } from "../../core/webhook.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, parseJson, type WriteParts } from "./db.ts";

/** What a webhook received, and what became of it. */
export interface DeliveryRecord {
  id: string;
  resourceId: string;
  receivedAt: number;
  address: string;
  status: DeliveryStatus;
  reason: string;
  /** Of a signature that carries a time: with `resourceId` it is there once. */
  nonce: string | null;
  /** With `resourceId` it is there once: requests that say the same are one delivery. */
  sameAs: string | null;
  /** The `Idempotency-Key` that came along. */
  givenKey: string | null;
  jobIds: readonly string[];
  /** Delivery that it repeats because someone asked for it. */
  replayOf: string | null;
  /** Data key of `content`, wrapped by the master key. */
  wrappedKey: Uint8Array;
  content: Uint8Array;
}

export type DeliverySummary = Omit<DeliveryRecord, "wrappedKey" | "content">;

const COLUMNS = ["id", "resourceId", "receivedAt", "address", "status", "reason", "nonce", "sameAs", "givenKey", "jobIdsJson", "replayOf"] as const;

const toSummary = ({ jobIdsJson, status, ...row }: Omit<Schema["deliveries"], "wrappedKey" | "content">): DeliverySummary => ({
  ...row,
  status: status as DeliveryStatus,
  jobIds: parseJson(jobIdsJson),
});

export function deliveryReads(db: Db) {
  const some = () => db.selectFrom("deliveries").select(COLUMNS);
  return {
    async get(id: string): Promise<DeliveryRecord | undefined> {
      const row = await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirst();
      if (!row) return undefined;
      const { wrappedKey, content, ...rest } = row;
      return { ...toSummary(rest), wrappedKey, content };
    },
    /** Newest first. */
    async list(
      resourceId: string,
      { statuses, before, limit }: { statuses?: readonly DeliveryStatus[]; before?: string; limit: number },
    ): Promise<DeliverySummary[]> {
      let query = some().where("resourceId", "=", resourceId).orderBy("id", "desc").limit(limit);
      if (statuses) query = query.where("status", "in", statuses);
      if (before) query = query.where("id", "<", before);
      return (await query.execute()).map(toSummary);
    },
    async byNonce(resourceId: string, nonce: string): Promise<DeliverySummary | undefined> {
      const row = await some().where("resourceId", "=", resourceId).where("nonce", "=", nonce).executeTakeFirst();
      return row && toSummary(row);
    },
    async same(resourceId: string, sameAs: string): Promise<DeliverySummary | undefined> {
      const row = await some().where("resourceId", "=", resourceId).where("sameAs", "=", sameAs).executeTakeFirst();
      return row && toSummary(row);
    },
  };
}

export function deliveryWrites(parts: WriteParts) {
  const { db, noteChange } = parts;
  return {
    ...deliveryReads(db),
    /**
     * Waits for another engine that inserts the same one at the same time.
     * @returns false when its nonce, or what it is the same as, is there already: then nothing was inserted
     */
    async insert({ jobIds, reason, ...record }: DeliveryRecord): Promise<boolean> {
      noteChange("deliveries");
      // The reason may quote what someone sent, and PostgreSQL stores no NUL.
      const row = { ...record, reason: reason.replaceAll("\0", "\ufffd"), jobIdsJson: JSON.stringify(jobIds) };
      return insertRow(parts, "deliveries", row, "on conflict do nothing");
    },
    /** At most so many of those that started nothing are kept of each webhook, the newest. @returns how many went */
    async trim(resourceId: string, keep: number): Promise<number> {
      const quiet = ["filtered", "refused", "frozen"];
      const first = await db
        .selectFrom("deliveries")
        .select("id")
        .where("resourceId", "=", resourceId)
        .where("status", "in", quiet)
        .orderBy("id", "desc")
        .offset(keep)
        .limit(1)
        .executeTakeFirst();
      if (!first) return 0;
      const done = await db
        .deleteFrom("deliveries")
        .where("resourceId", "=", resourceId)
        .where("status", "in", quiet)
        .where("id", "<=", first.id)
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    },
    /** A part of those that are older: deleting them all at once would hold everyone else up. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = db.selectFrom("deliveries").select("id").where("receivedAt", "<", before).orderBy("receivedAt").limit(limit);
      const done = await db.deleteFrom("deliveries").where("id", "in", old).executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}
