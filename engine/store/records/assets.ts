import type { Scope } from "../../core/scope.ts";
import type { Db, WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

export const ASSET_KINDS = ["variable", "secret"] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** Names and dates; values are in versions, sealed. */
export interface AssetRecord {
  id: string;
  scope: Scope;
  name: string;
  kind: AssetKind;
  version: number;
  createdAt: number;
  createdBy: string;
  updatedAt: number;
  updatedBy: string;
  deletedAt: number | null;
}

export interface AssetVersionRecord {
  assetId: string;
  version: number;
  /** Data key, sealed with the master key. */
  wrappedKey: Uint8Array;
  /** Value, sealed with the data key. */
  ciphertext: Uint8Array;
  createdAt: number;
  /** Call of a job that has set it; null: a person. */
  writtenBy: string | null;
}

export function assetReads(db: Db) {
  return {
    byName: async (scope: Scope, name: string) =>
      (await db.selectFrom("assets").selectAll().where("scope", "=", scope).where("name", "=", name).where("deletedAt", "is", null).executeTakeFirst()) as
        | AssetRecord
        | undefined,
    list: async ({ scopes }: { scopes: readonly Scope[] }) =>
      (await db
        .selectFrom("assets")
        .selectAll()
        .where("deletedAt", "is", null)
        .where((where) => withinScopes(where, "assets.scope", scopes))
        .orderBy("scope")
        .orderBy("name")
        .execute()) as AssetRecord[],
    /** Those of one kind with any of the names, in exactly these scopes. */
    named: async ({ kind, names, scopes }: { kind: AssetKind; names: readonly string[]; scopes: readonly Scope[] }) =>
      (await db
        .selectFrom("assets")
        .selectAll()
        .where("deletedAt", "is", null)
        .where("kind", "=", kind)
        .where("name", "in", names)
        .where("scope", "in", scopes)
        .orderBy("name")
        .orderBy("scope")
        .execute()) as AssetRecord[],
    version: (assetId: string, version: number): Promise<AssetVersionRecord | undefined> =>
      db.selectFrom("assetVersions").selectAll().where("assetId", "=", assetId).where("version", "=", version).executeTakeFirst(),
    /** Whether one of the kept values comes from this call of a job. */
    async wasWrittenBy(assetId: string, call: string): Promise<boolean> {
      const found = await db.selectFrom("assetVersions").select("version").where("assetId", "=", assetId).where("writtenBy", "=", call).executeTakeFirst();
      return found !== undefined;
    },
    /** Any one sealed key: whether the master key opens it tells whether it is the right one. */
    anyVersion: (): Promise<AssetVersionRecord | undefined> => db.selectFrom("assetVersions").selectAll().limit(1).executeTakeFirst(),
  };
}

export function assetWrites({ db }: WriteParts) {
  return {
    ...assetReads(db),
    async insert(asset: AssetRecord): Promise<void> {
      await db.insertInto("assets").values(asset).execute();
    },
    async patch(id: string, fields: Partial<Pick<AssetRecord, "version" | "updatedAt" | "updatedBy" | "deletedAt">>): Promise<void> {
      await db.updateTable("assets").set(fields).where("id", "=", id).execute();
    },
    async insertVersion(version: AssetVersionRecord): Promise<void> {
      await db.insertInto("assetVersions").values(version).execute();
    },
    /** Forgets values older than `version`. */
    async deleteVersionsBefore(assetId: string, version: number): Promise<void> {
      await db.deleteFrom("assetVersions").where("assetId", "=", assetId).where("version", "<", version).execute();
    },
  };
}
