import type { Grant, PrincipalKind, Role } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import type { Db, WriteParts } from "./db.ts";

export interface PrincipalRecord {
  id: string;
  kind: PrincipalKind;
  name: string;
  createdAt: number;
  disabledAt: number | null;
  grants: readonly Grant[];
}

export interface TokenRecord {
  id: string;
  principalId: string;
  name: string;
  hash: string;
  /** Narrows what the principal may do; null: all of it. */
  role: Role | null;
  scope: Scope | null;
  createdAt: number;
  createdBy: string;
  expiresAt: number | null;
  revokedAt: number | null;
  lastUsedAt: number | null;
  /** Id of the token that a browser's session was made from, and with which it ends; null: not a session. */
  sessionOf: string | null;
}

export type DeviceLoginRecord = Schema["deviceLogins"];

export function principalReads(db: Db) {
  const withGrants = async (row: Schema["principals"] | undefined): Promise<PrincipalRecord | undefined> => {
    if (!row) return undefined;
    const grants = await db.selectFrom("grants").select(["role", "scope"]).where("principalId", "=", row.id).execute();
    return { ...row, kind: row.kind as PrincipalKind, grants: grants as Grant[] };
  };
  return {
    get: async (id: string) => withGrants(await db.selectFrom("principals").selectAll().where("id", "=", id).executeTakeFirst()),
    byName: async (name: string) => withGrants(await db.selectFrom("principals").selectAll().where("name", "=", name).executeTakeFirst()),
    async list(): Promise<PrincipalRecord[]> {
      const rows = await db.selectFrom("principals").selectAll().orderBy("name").execute();
      const grants = await db.selectFrom("grants").selectAll().execute();
      return rows.map((row) => ({
        ...row,
        kind: row.kind as PrincipalKind,
        grants: grants.filter((grant) => grant.principalId === row.id).map(({ role, scope }) => ({ role: role as Role, scope })),
      }));
    },
    token: async (id: string) => (await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst()) as TokenRecord | undefined,
    /** Newest first; revoked ones too. */
    tokens: async () => (await db.selectFrom("tokens").selectAll().orderBy("id", "desc").execute()) as TokenRecord[],
    deviceLoginByHash: (deviceHash: string): Promise<DeviceLoginRecord | undefined> =>
      db.selectFrom("deviceLogins").selectAll().where("deviceHash", "=", deviceHash).executeTakeFirst(),
    deviceLoginByUserCode: (userCode: string): Promise<DeviceLoginRecord | undefined> =>
      db.selectFrom("deviceLogins").selectAll().where("userCode", "=", userCode).executeTakeFirst(),
  };
}

export function principalWrites({ db }: WriteParts) {
  return {
    ...principalReads(db),
    async insert({ grants, ...principal }: PrincipalRecord): Promise<void> {
      await db.insertInto("principals").values(principal).execute();
      for (const grant of grants)
        await db
          .insertInto("grants")
          .values({ principalId: principal.id, ...grant })
          .execute();
    },
    async disable(id: string, at: number | null): Promise<void> {
      await db.updateTable("principals").set({ disabledAt: at }).where("id", "=", id).execute();
    },
    async setGrants(principalId: string, grants: readonly Grant[]): Promise<void> {
      await db.deleteFrom("grants").where("principalId", "=", principalId).execute();
      for (const grant of grants) await db.insertInto("grants").values({ principalId, role: grant.role, scope: grant.scope }).execute();
    },
    async insertToken(token: TokenRecord): Promise<void> {
      await db.insertInto("tokens").values(token).execute();
    },
    async patchToken(id: string, fields: Partial<Pick<TokenRecord, "revokedAt" | "lastUsedAt">>): Promise<void> {
      await db.updateTable("tokens").set(fields).where("id", "=", id).execute();
    },
    /** Forgets sessions that expired before this time; sessions that were made from them have expired as well. */
    async deleteSessions(expiredBefore: number): Promise<void> {
      await db.deleteFrom("tokens").where("sessionOf", "is not", null).where("expiresAt", "<", expiredBefore).execute();
    },
    async insertDeviceLogin(login: DeviceLoginRecord): Promise<void> {
      await db
        .deleteFrom("deviceLogins")
        .where("expiresAt", "<", login.createdAt - 3_600_000)
        .execute();
      await db.insertInto("deviceLogins").values(login).execute();
    },
    /** @returns false when it was used before: of two engines that try at once, one succeeds */
    async useDeviceLogin(id: string, at: number): Promise<boolean> {
      const { numUpdatedRows } = await db.updateTable("deviceLogins").set({ usedAt: at }).where("id", "=", id).where("usedAt", "is", null).executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async patchDeviceLogin(id: string, fields: Partial<Pick<DeviceLoginRecord, "approvedBy" | "deniedAt">>): Promise<void> {
      await db.updateTable("deviceLogins").set(fields).where("id", "=", id).execute();
    },
  };
}
