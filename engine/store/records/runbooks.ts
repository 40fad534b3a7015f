import type { Manifest } from "../../core/manifest.ts";
import type { Scope } from "../../core/scope.ts";
import { type Db, parseJson, prepared, type WriteParts } from "./db.ts";
import { contains } from "./name-search.ts";
import { runbookStandings } from "./runbook-standing.ts";
import { withinScopes } from "./scopes.ts";

export interface RunbookRecord {
  id: string;
  scope: Scope;
  name: string;
  createdAt: number;
  createdBy: string;
  /** 0: never published. */
  latestVersion: number;
  deletedAt: number | null;
  deletedBy: string | null;
}

/** A file of the author's, path relative to the entry's folder. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface BundleRecord {
  hash: string;
  text: string;
  sourceMap: string | null;
  createdAt: number;
}

export interface DraftRecord {
  runbookId: string;
  bundleHash: string;
  manifest: Manifest;
  sources: readonly SourceFile[];
  revision: number;
  updatedAt: number;
  updatedBy: string;
}

export interface VersionRecord {
  runbookId: string;
  version: number;
  bundleHash: string;
  manifest: Manifest;
  sources: readonly SourceFile[];
  message: string;
  publishedAt: number;
  publishedBy: string;
}

export interface RunbookFilter {
  scopes: readonly Scope[];
  deleted: boolean;
  /** Names above this one. */
  after?: string;
  /** What their names hold. */
  search?: string;
  limit: number;
}

const runbookByName = prepared((db, name: string) => db.selectFrom("runbooks").selectAll().where("name", "=", name));

export function runbookReads(db: Db) {
  return {
    /** Deleted ones too. */
    byName: async (name: string): Promise<RunbookRecord | undefined> => (await runbookByName(db, name))[0],
    get: (id: string): Promise<RunbookRecord | undefined> => db.selectFrom("runbooks").selectAll().where("id", "=", id).executeTakeFirst(),
    /** By name. */
    list: ({ scopes, deleted, after, search, limit }: RunbookFilter): Promise<RunbookRecord[]> => {
      let query = db.selectFrom("runbooks").selectAll().orderBy("name").limit(limit);
      query = query.where((where) => withinScopes(where, "runbooks.scope", scopes)).where("deletedAt", deleted ? "is not" : "is", null);
      if (after) query = query.where("name", ">", after);
      if (search) query = query.where(contains("name", search));
      return query.execute();
    },
    standings: runbookStandings(db),
    async draft(runbookId: string): Promise<DraftRecord | undefined> {
      const row = await db.selectFrom("drafts").selectAll().where("runbookId", "=", runbookId).executeTakeFirst();
      return row && withParsed(row);
    },
    async version(runbookId: string, version: number): Promise<VersionRecord | undefined> {
      const row = await db.selectFrom("versions").selectAll().where("runbookId", "=", runbookId).where("version", "=", version).executeTakeFirst();
      return row && withParsed(row);
    },
    /** Newest first. */
    async versions(runbookId: string): Promise<VersionRecord[]> {
      const rows = await db.selectFrom("versions").selectAll().where("runbookId", "=", runbookId).orderBy("version", "desc").execute();
      return rows.map(withParsed);
    },
    bundle: (hash: string): Promise<BundleRecord | undefined> => db.selectFrom("bundles").selectAll().where("hash", "=", hash).executeTakeFirst(),
  };
}

export function runbookWrites({ db, noteChange }: WriteParts) {
  const changed = () => noteChange("runbooks");
  return {
    ...runbookReads(db),
    async insert(runbook: RunbookRecord): Promise<void> {
      changed();
      await db.insertInto("runbooks").values(runbook).execute();
    },
    async patch(id: string, fields: Partial<Omit<RunbookRecord, "id">>): Promise<void> {
      changed();
      await db.updateTable("runbooks").set(fields).where("id", "=", id).execute();
    },
    /** Bundles are named by their content: the same one is kept once. The newest map replaces an older one. */
    async putBundle(bundle: BundleRecord): Promise<void> {
      await db
        .insertInto("bundles")
        .values(bundle)
        .onConflict((conflict) => conflict.column("hash").doUpdateSet({ sourceMap: bundle.sourceMap }))
        .execute();
    },
    async putDraft({ manifest, sources, ...draft }: DraftRecord): Promise<void> {
      changed();
      const row = { ...draft, manifestJson: JSON.stringify(manifest), sourcesJson: JSON.stringify(sources) };
      const { runbookId: _, ...fields } = row;
      await db
        .insertInto("drafts")
        .values(row)
        .onConflict((conflict) => conflict.column("runbookId").doUpdateSet(fields))
        .execute();
    },
    async insertVersion({ manifest, sources, ...version }: VersionRecord): Promise<void> {
      changed();
      await db
        .insertInto("versions")
        .values({ ...version, manifestJson: JSON.stringify(manifest), sourcesJson: JSON.stringify(sources) })
        .execute();
      await db.updateTable("runbooks").set({ latestVersion: version.version }).where("id", "=", version.runbookId).execute();
    },
    /** Removes a runbook for good, with its draft and versions; bundles stay while jobs name them. */
    async purge(id: string): Promise<void> {
      changed();
      await db.deleteFrom("drafts").where("runbookId", "=", id).execute();
      await db.deleteFrom("versions").where("runbookId", "=", id).execute();
      await db.deleteFrom("runbooks").where("id", "=", id).execute();
    },
  };
}

function withParsed<Row extends { manifestJson: string; sourcesJson: string }>({ manifestJson, sourcesJson, ...row }: Row) {
  return { ...row, manifest: parseJson<Manifest>(manifestJson), sources: parseJson<SourceFile[]>(sourcesJson) };
}
