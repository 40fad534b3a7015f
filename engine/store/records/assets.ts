import type { AssetKind, VariableType } from "../../core/asset.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, prepared, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

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
  /** Of a variable; null: of another kind, or set by an engine that knew no types. */
  type: VariableType | null;
  /** A variable whose value is never shown. */
  encrypted: boolean;
  /** Of a certificate. */
  subject: string | null;
  /** When a certificate expires, Unix milliseconds. */
  notAfter: number | null;
}

export interface AssetVersionRecord {
  assetId: string;
  version: number;
  /** Data key, wrapped with a root key. */
  wrappedKey: Uint8Array;
  /** Value, sealed with the data key. */
  ciphertext: Uint8Array;
  createdAt: number;
  /** Call of a job that has set it; null: a person. */
  writtenBy: string | null;
}

const assetByName = prepared((db, scope: Scope, name: string) =>
  db.selectFrom("assets").selectAll().where("deletedAt", "is", null).where("scope", "=", scope).where("name", "=", name),
);

export function assetReads(db: Db) {
  const live = () => db.selectFrom("assets").selectAll().where("deletedAt", "is", null);
  return {
    async byName(scope: Scope, name: string): Promise<AssetRecord | undefined> {
      const [row] = await assetByName(db, scope, name);
      return row && toAsset(row);
    },
    async list({ scopes }: { scopes: readonly Scope[] }): Promise<AssetRecord[]> {
      const rows = await live()
        .where((where) => withinScopes(where, "assets.scope", scopes))
        .orderBy("scope")
        .orderBy("name")
        .execute();
      return rows.map(toAsset);
    },
    /** Those of one kind with any of the names, in exactly these scopes. */
    async named({ kind, names, scopes }: { kind: AssetKind; names: readonly string[]; scopes: readonly Scope[] }): Promise<AssetRecord[]> {
      const rows = await live().where("kind", "=", kind).where("name", "in", names).where("scope", "in", scopes).orderBy("name").orderBy("scope").execute();
      return rows.map(toAsset);
    },
    /** Certificates that expire before then, the next one first. */
    async expiring({ before, limit }: { before: number; limit: number }): Promise<AssetRecord[]> {
      return (await live().where("notAfter", "is not", null).where("notAfter", "<", before).orderBy("notAfter").limit(limit).execute()).map(toAsset);
    },
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

export function assetWrites({ db, noteChange }: WriteParts) {
  return {
    ...assetReads(db),
    async insert({ encrypted, ...asset }: AssetRecord): Promise<void> {
      noteChange("assets");
      await db
        .insertInto("assets")
        .values({ ...asset, encrypted: encrypted ? 1 : 0 })
        .execute();
    },
    async patch(id: string, { encrypted, ...fields }: Partial<Omit<AssetRecord, "id" | "scope" | "name" | "kind">>): Promise<void> {
      noteChange("assets");
      await db
        .updateTable("assets")
        .set({ ...fields, ...(encrypted === undefined ? {} : { encrypted: encrypted ? 1 : 0 }) })
        .where("id", "=", id)
        .execute();
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

const toAsset = ({ encrypted, kind, type, ...row }: Schema["assets"]): AssetRecord => ({
  ...row,
  kind: kind as AssetKind,
  type: type as VariableType | null,
  encrypted: encrypted === 1,
});
