import type { JobStatus } from "../../core/job.ts";
import type { StoredKind } from "../../core/resource.ts";
import type { Scope } from "../../core/scope.ts";
import { type Db, parseJson } from "./db.ts";
import type { RunbookRecord } from "./runbooks.ts";
import { withinScopes } from "./scopes.ts";

/** What is told of a runbook in a list, besides itself. */
export interface RunbookStanding {
  /** Of its newest version; undefined: it was never published. */
  published?: { summary: string; publishedAt: number; publishedBy: string };
  newestJob?: { id: string; status: JobStatus; createdAt: number };
  /** What starts it by itself: how many of each kind, and the first by name. */
  starters: { kind: StoredKind; count: number; first: string }[];
}

/** Each part is looked up by an index for the runbooks of one page: versions by their key, jobs by `jobs_runbook`, starters by `resourceRuns_runbook`. */
export function runbookStandings(db: Db) {
  return async (runbooks: readonly Pick<RunbookRecord, "id" | "name">[], scopes: readonly Scope[]): Promise<ReadonlyMap<string, RunbookStanding>> => {
    const standings = new Map(runbooks.map(({ name }): [string, RunbookStanding] => [name, { starters: [] }]));
    if (runbooks.length === 0) return standings;
    const ids = runbooks.map(({ id }) => id);
    const names = runbooks.map(({ name }) => name);

    const versions = await db
      .selectFrom("runbooks")
      .innerJoin("versions", (join) => join.onRef("versions.runbookId", "=", "runbooks.id").onRef("versions.version", "=", "runbooks.latestVersion"))
      .select(["runbooks.name", "versions.manifestJson", "versions.publishedAt", "versions.publishedBy"])
      .where("runbooks.id", "in", ids)
      .execute();
    for (const { name, manifestJson, publishedAt, publishedBy } of versions) {
      const { summary } = parseJson<{ summary: string }>(manifestJson);
      Object.assign(standings.get(name) ?? {}, { published: { summary, publishedAt, publishedBy } });
    }

    const newest = db
      .selectFrom("runbooks")
      .where("runbooks.id", "in", ids)
      .select((from) =>
        from
          .selectFrom("jobs as one")
          .select("one.id")
          .whereRef("one.runbook", "=", "runbooks.name")
          .where((where) => withinScopes(where, "one.scope", scopes))
          .orderBy("one.id", "desc")
          .limit(1)
          .as("id"),
      );
    for (const { runbook, id, status, createdAt } of await db
      .selectFrom("jobs")
      .select(["runbook", "id", "status", "createdAt"])
      .where("id", "in", newest)
      .execute())
      Object.assign(standings.get(runbook) ?? {}, { newestJob: { id, status: status as JobStatus, createdAt } });

    const starters = await db
      .selectFrom("resourceRuns")
      .innerJoin("resources", "resources.id", "resourceRuns.resourceId")
      .select(({ fn }) => ["resourceRuns.runbook", "resources.kind", fn.min("resources.name").as("first"), fn.count("resources.id").distinct().as("count")])
      .where("resourceRuns.runbook", "in", names)
      .where((where) => withinScopes(where, "resources.scope", scopes))
      .groupBy(["resourceRuns.runbook", "resources.kind"])
      .orderBy("resources.kind")
      .execute();
    for (const { runbook, kind, first, count } of starters) standings.get(runbook)?.starters.push({ kind: kind as StoredKind, count: Number(count), first });
    return standings;
  };
}
