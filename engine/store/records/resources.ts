import type { ResourceRecord, StoredKind } from "../../core/resource.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, type WriteParts } from "./db.ts";
import { contains } from "./name-search.ts";
import { withinScopes } from "./scopes.ts";

export type { ResourceRecord } from "../../core/resource.ts";

export interface ResourceFilter {
  kind: StoredKind;
  scopes: readonly Scope[];
  /** Names above this one. */
  after?: string;
  /** What their names hold. */
  search?: string;
  /** Only those that start this runbook. */
  runbook?: string;
  limit: number;
}

export const toResource = ({ specJson, kind, ...row }: Schema["resources"]): ResourceRecord => ({
  ...row,
  kind: kind as StoredKind,
  spec: parseJson(specJson),
});

export function resourceReads(db: Db) {
  return {
    async get(id: string): Promise<ResourceRecord | undefined> {
      const row = await db.selectFrom("resources").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toResource(row);
    },
    async many(ids: readonly string[]): Promise<ResourceRecord[]> {
      if (ids.length === 0) return [];
      return (await db.selectFrom("resources").selectAll().where("id", "in", ids).execute()).map(toResource);
    },
    async byName(kind: StoredKind, name: string): Promise<ResourceRecord | undefined> {
      const row = await db.selectFrom("resources").selectAll().where("kind", "=", kind).where("name", "=", name).executeTakeFirst();
      return row && toResource(row);
    },
    /** Of this kind, in one of these very scopes: what is enough to know which of them are known already. */
    async headsIn(kind: StoredKind, scopes: readonly Scope[]): Promise<Pick<ResourceRecord, "id" | "name" | "scope" | "revision" | "updatedAt">[]> {
      const query = db.selectFrom("resources").select(["id", "name", "scope", "revision", "updatedAt"]).where("kind", "=", kind);
      return query.where("scope", "in", [...scopes]).execute();
    },
    /** By name. */
    async list({ kind, scopes, after, search, runbook, limit }: ResourceFilter): Promise<ResourceRecord[]> {
      let query = db.selectFrom("resources").selectAll().where("kind", "=", kind).orderBy("name").limit(limit);
      query = query.where((where) => withinScopes(where, "resources.scope", scopes));
      if (after) query = query.where("name", ">", after);
      if (search) query = query.where(contains("name", search));
      if (runbook) query = query.where("id", "in", db.selectFrom("resourceRuns").select("resourceId").where("runbook", "=", runbook));
      return (await query.execute()).map(toResource);
    },
    /** Those of these names, in one of the scopes or below it. */
    async named(kind: StoredKind, names: readonly string[], scopes: readonly Scope[]): Promise<ResourceRecord[]> {
      if (names.length === 0) return [];
      const query = db.selectFrom("resources").selectAll().where("kind", "=", kind).where("name", "in", names);
      return (
        await query
          .where((where) => withinScopes(where, "resources.scope", scopes))
          .orderBy("name")
          .execute()
      ).map(toResource);
    },
    /** Those that start this runbook. */
    async startingRunbook(runbook: string): Promise<ResourceRecord[]> {
      const ids = db.selectFrom("resourceRuns").select("resourceId").where("runbook", "=", runbook);
      return (await db.selectFrom("resources").selectAll().where("id", "in", ids).orderBy("kind").orderBy("name").execute()).map(toResource);
    },
    /** Schedules that start one of these runbooks and aren't disabled, by name: so many, however many there are. */
    async schedulesOf(runbooks: readonly string[], { scopes, limit }: { scopes: readonly Scope[]; limit: number }): Promise<ResourceRecord[]> {
      const ids = db.selectFrom("resourceRuns").select("resourceId").where("runbook", "in", runbooks);
      // What has a timer is enabled, and something of it is to come.
      const timed = db.selectFrom("scheduleTimers").select("resourceId");
      const query = db.selectFrom("resources").selectAll().where("id", "in", ids).where("id", "in", timed).where("kind", "=", "Schedule");
      const rows = await query
        .where((where) => withinScopes(where, "resources.scope", scopes))
        .orderBy("name")
        .limit(limit)
        .execute();
      return rows.map(toResource);
    },
  };
}

export function resourceWrites({ db, dialect, noteTrigger, noteChange }: WriteParts) {
  async function putRuns(resourceId: string, runbooks: readonly string[]): Promise<void> {
    noteTrigger();
    noteChange("resources");
    await db.deleteFrom("resourceRuns").where("resourceId", "=", resourceId).execute();
    const rows = runbooks.map((runbook, run) => ({ resourceId, run, runbook }));
    if (rows.length > 0) await db.insertInto("resourceRuns").values(rows).execute();
  }
  const columns = ({ spec, ...same }: ResourceRecord) => ({ ...same, specJson: JSON.stringify(spec) });

  return {
    ...resourceReads(db),
    /** Nobody else plans or applies documents until the transaction ends. */
    lockPlans: () => dialect.lockPlans(db),
    /** Nobody else changes it until the transaction ends. */
    async lock(id: string): Promise<ResourceRecord | undefined> {
      const row = await dialect.lockRows(db.selectFrom("resources").selectAll().where("id", "=", id)).executeTakeFirst();
      return row && toResource(row);
    },
    /** @param runbooks that it starts, in order */
    async insert(resource: ResourceRecord, runbooks: readonly string[]): Promise<void> {
      await db.insertInto("resources").values(columns(resource)).execute();
      await putRuns(resource.id, runbooks);
    },
    async update(resource: ResourceRecord, runbooks: readonly string[]): Promise<void> {
      const { id, ...fields } = columns(resource);
      await db.updateTable("resources").set(fields).where("id", "=", id).execute();
      await putRuns(id, runbooks);
    },
    /** With all that only means something together with it; what it has done stays. */
    async delete(id: string): Promise<void> {
      noteTrigger();
      noteChange("resources");
      await db.deleteFrom("resourceRuns").where("resourceId", "=", id).execute();
      await db.deleteFrom("scheduleTimers").where("resourceId", "=", id).execute();
      await db.deleteFrom("windowTimers").where("resourceId", "=", id).execute();
      await db.deleteFrom("webhookTokens").where("resourceId", "=", id).execute();
      await db.deleteFrom("resources").where("id", "=", id).execute();
    },
  };
}
