import { sql } from "kysely";
import { excerpt } from "../../core/excerpt.ts";
import type { StartingKind } from "../../core/resource.ts";
import type { Scope } from "../../core/scope.ts";
import { type OccurrenceStatus, sourceOf } from "../../core/trigger.ts";
import type { Schema } from "../schema.ts";
import { chunks, type Db, insertRow, parseJsonOrNull, prepared, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** What became of one occurrence of a schedule, or of one firing of an event rule, for one of its runs. */
export interface OccurrenceRecord {
  id: string;
  resourceId: string;
  /** Instant of the occurrence as text, or id of what triggered: with `resourceId` and `run` it is there once. */
  key: string;
  run: number;
  kind: StartingKind;
  name: string;
  scope: Scope;
  runbook: string;
  /** When it was to start, Unix milliseconds. */
  dueAt: number;
  decidedAt: number;
  status: OccurrenceStatus;
  reason: string;
  jobId: string | null;
  /** Of one that waits: what it will ask for. */
  request: unknown;
}

export interface OccurrenceFilter {
  scopes: readonly Scope[];
  resourceId?: string;
  kind?: StartingKind;
  name?: string;
  statuses?: readonly OccurrenceStatus[];
  /** Ids below this one: the newest come first. */
  before?: string;
  limit: number;
}

/** An error of guest code may be in it. */
const MAX_REASON = 2_000;

const toOccurrence = ({ requestJson, ...row }: Schema["occurrences"]): OccurrenceRecord => ({
  ...row,
  kind: row.kind as StartingKind,
  status: row.status as OccurrenceStatus,
  request: parseJsonOrNull(requestJson),
});
const toRow = ({ request, ...record }: OccurrenceRecord): Schema["occurrences"] => ({
  ...record,
  reason: excerpt(record.reason, MAX_REASON),
  requestJson: request === null ? null : JSON.stringify(request),
});

const inTheWay = prepared((db, source: string, resourceId: string, run: number) => ({
  compile: () =>
    sql<{ job: string | null; waiting: number | string }>`
      select
        (select min(id) from jobs where source = ${source} and ${sql.ref("endedAt")} is null) as job,
        (select count(*) from occurrences where status = 'waiting' and ${sql.ref("resourceId")} = ${resourceId} and run = ${run}) as waiting`.compile(db),
}));

export function occurrenceReads(db: Db) {
  return {
    /** Newest first. */
    async list({ scopes, resourceId, kind, name, statuses, before, limit }: OccurrenceFilter): Promise<OccurrenceRecord[]> {
      let query = db.selectFrom("occurrences").selectAll().orderBy("id", "desc").limit(limit);
      query = query.where((where) => withinScopes(where, "occurrences.scope", scopes));
      if (resourceId) query = query.where("resourceId", "=", resourceId);
      if (kind) query = query.where("kind", "=", kind);
      if (name) query = query.where("name", "=", name);
      if (statuses) query = query.where("status", "in", statuses);
      if (before) query = query.where("id", "<", before);
      return (await query.execute()).map(toOccurrence);
    },
    /** What is in the way of the next one of a run: the first of its jobs that haven't ended, and how many occurrences wait. */
    async inTheWay(resourceId: string, run: number): Promise<{ job: string | null; waiting: number }> {
      const [found] = await inTheWay(db, sourceOf(resourceId, run), resourceId, run);
      return { job: found?.job ?? null, waiting: Number(found?.waiting ?? 0) };
    },
    get: async (id: string): Promise<OccurrenceRecord | undefined> => {
      const row = await db.selectFrom("occurrences").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toOccurrence(row);
    },
    /** Runs of which occurrences wait for an earlier job. */
    waitingRuns: (): Promise<{ resourceId: string; run: number }[]> =>
      db.selectFrom("occurrences").select(["resourceId", "run"]).distinct().where("status", "=", sql.lit("waiting")).execute(),
    /** Ids: the first of each run that waits and has nothing of its source under way any more. */
    async ready(limit: number): Promise<string[]> {
      const first = db
        .selectFrom("occurrences")
        .select((fn) => fn.fn.min("id").as("id"))
        .where("status", "=", sql.lit("waiting"))
        .groupBy(["resourceId", "run"]);
      const source = sql<string>`${sql.ref("occurrences.resourceId")} || '/' || ${sql.ref("occurrences.run")}`;
      const rows = await db
        .selectFrom("occurrences")
        .select("id")
        .where("id", "in", first)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom("jobs").select("jobs.id").where("jobs.source", "=", source).where("jobs.endedAt", "is", null))),
        )
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

const KNOWN = 'on conflict ("resourceId", "key", "run") do nothing';

export function occurrenceWrites(parts: WriteParts) {
  const { db, dialect, noteChange } = parts;
  return {
    ...occurrenceReads(db),
    /** Whether one of these was there already decides nothing twice: it stays as it is. */
    async insert(records: readonly OccurrenceRecord[]): Promise<void> {
      if (records.length > 0) noteChange("occurrences");
      const [first, ...more] = records.map(toRow);
      if (first && more.length === 0) return void (await insertRow(parts, "occurrences", first, KNOWN));
      for (const some of chunks(records.map(toRow), dialect.maxParameters)) {
        await db
          .insertInto("occurrences")
          .values(some)
          .onConflict((conflict) => conflict.columns(["resourceId", "key", "run"]).doNothing())
          .execute();
      }
    },
    /** Nobody else decides about it until the transaction ends. */
    async lock(id: string): Promise<OccurrenceRecord | undefined> {
      const row = await dialect.lockRows(db.selectFrom("occurrences").selectAll().where("id", "=", id)).executeTakeFirst();
      return row && toOccurrence(row);
    },
    async settle(id: string, { status, reason, jobId, decidedAt }: Pick<OccurrenceRecord, "status" | "reason" | "jobId" | "decidedAt">): Promise<void> {
      noteChange("occurrences");
      const fields = { status, reason: excerpt(reason, MAX_REASON), jobId, decidedAt, requestJson: null };
      await db.updateTable("occurrences").set(fields).where("id", "=", id).execute();
    },
    /** What waits for an earlier job doesn't wait any more: of one run, or of all of a resource that is gone. */
    async dropWaiting(resourceId: string, { run, reason, decidedAt }: Pick<OccurrenceRecord, "reason" | "decidedAt"> & { run?: number }): Promise<void> {
      noteChange("occurrences");
      await db
        .updateTable("occurrences")
        .set({ status: "skipped", reason, decidedAt, requestJson: null })
        .where("resourceId", "=", resourceId)
        .where((where) => (run === undefined ? where.lit(true) : where("run", "=", run)))
        .where("status", "=", sql.lit("waiting"))
        .execute();
    },
    /** A part of those that are older: deleting them all at once would hold everyone else up. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = db
        .selectFrom("occurrences")
        .select("id")
        .where("decidedAt", "<", before)
        .where("status", "!=", sql.lit("waiting"))
        .orderBy("decidedAt")
        .limit(limit);
      const done = await db.deleteFrom("occurrences").where("id", "in", old).executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}
