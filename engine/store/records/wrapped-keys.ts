import { sql } from "kysely";
import type { Db, WriteParts } from "./db.ts";

/** Tables whose rows have a data key of their own, which seals what else is in them: by `id`. Values of assets are sealed anew instead, and aren't listed here. */
export const WRAPPED_KEYS = ["jobs", "commands", "deliveries"] as const;
export type WrappedKeyTable = (typeof WRAPPED_KEYS)[number];

export interface WrappedKey {
  id: string;
  wrappedKey: Uint8Array;
}

/** Data keys as they are wrapped with root keys: their first bytes say with which one. */
export function wrappedKeyReads(db: Db) {
  return {
    /** Those that don't begin so, by id. */
    async others(table: WrappedKeyTable, { prefix, after, limit }: { prefix: Uint8Array; after: string; limit: number }): Promise<WrappedKey[]> {
      return db
        .selectFrom(table)
        .select(["id", "wrappedKey"])
        .where("id", ">", after)
        .where(sql<boolean>`substr(${sql.ref("wrappedKey")}, 1, ${sql.lit(prefix.length)}) is distinct from ${prefix}`)
        .orderBy("id")
        .limit(limit)
        .execute();
    },
    /** Of values of assets, those that don't begin so. */
    async otherAssetVersions({
      prefix,
      after,
      limit,
    }: {
      prefix: Uint8Array;
      after: { assetId: string; version: number };
      limit: number;
    }): Promise<{ assetId: string; version: number; wrappedKey: Uint8Array; ciphertext: Uint8Array }[]> {
      return db
        .selectFrom("assetVersions")
        .select(["assetId", "version", "wrappedKey", "ciphertext"])
        .where((where) =>
          where.or([where("assetId", ">", after.assetId), where.and([where("assetId", "=", after.assetId), where("version", ">", after.version)])]),
        )
        .where(sql<boolean>`substr(${sql.ref("wrappedKey")}, 1, ${sql.lit(prefix.length)}) is distinct from ${prefix}`)
        .orderBy("assetId")
        .orderBy("version")
        .limit(limit)
        .execute();
    },
  };
}

export function wrappedKeyWrites({ db }: WriteParts) {
  return {
    ...wrappedKeyReads(db),
    /** Unless it was changed since it was read. */
    async replace(table: WrappedKeyTable, { id, wrappedKey }: WrappedKey, next: Uint8Array): Promise<void> {
      await db.updateTable(table).set({ wrappedKey: next }).where("id", "=", id).where("wrappedKey", "=", wrappedKey).execute();
    },
    async replaceAssetVersion(
      { assetId, version, wrappedKey }: { assetId: string; version: number; wrappedKey: Uint8Array },
      next: { wrappedKey: Uint8Array; ciphertext: Uint8Array },
    ): Promise<void> {
      await db
        .updateTable("assetVersions")
        .set(next)
        .where("assetId", "=", assetId)
        .where("version", "=", version)
        .where("wrappedKey", "=", wrappedKey)
        .execute();
    },
  };
}
