import { createHash } from "node:crypto";
import { sql, type Transaction } from "kysely";
import { canonicalJson } from "../../core/json.ts";
import type { PrincipalKind } from "../../core/role.ts";
import type { Scope } from "../../core/scope.ts";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRows, parseJsonOrNull, prepared } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** Who did what to what, when, from where, with what result. */
export interface ActivityEntry {
  at: number;
  actorId: string;
  /** `anonymous`: a refused attempt by someone who gave no valid token. `local`: a user of the operating system, at the command line of the engine's machine. */
  actorKind: PrincipalKind | "engine" | "anonymous" | "local";
  actorName: string;
  address: string;
  /** An action of core/role.ts or an event, such as `runbook.publish`. */
  operation: string;
  target: string;
  scope: Scope;
  /** `ok`, or the error's code. */
  result: string;
  correlationId: string;
  /** Never a secret. */
  details?: unknown;
}

export interface ActivityRecord extends ActivityEntry {
  seq: number;
  previousHash: string;
  hash: string;
}

export interface ActivityFilter {
  scopes: readonly Scope[];
  actorName?: string;
  /** The whole of it, or what stands before a dot. */
  operation?: string;
  target?: string;
  result?: string;
  /** At this time or later, Unix milliseconds. */
  from?: number;
  /** Earlier than this. */
  to?: number;
  before?: number;
  limit: number;
}

/** Targets, and the part of the log in which they mean the same. */
export interface ActivitySpan {
  targets: readonly string[];
  /** Numbers of entries: above this one … */
  after: number;
  /** … up to this one. */
  upTo: number;
}
export type ActivityPlace = Pick<ActivityRecord, "at" | "seq">;

/** The hash before the first entry. */
export const CHAIN_START = "0".repeat(64);

export const chainHash = (previousHash: string, seq: number, entry: ActivityEntry): string =>
  createHash("sha256")
    .update(previousHash)
    .update(canonicalJson({ ...entry, details: entry.details ?? null, seq }))
    .digest("hex");

export function activityReads(db: Db) {
  async function page({ scopes, actorName, target, result, from, to, before, limit }: ActivityFilter, operation?: string): Promise<ActivityRecord[]> {
    let query = db.selectFrom("activity").selectAll().orderBy("seq", "desc").limit(limit);
    query = query.where((where) => withinScopes(where, "activity.scope", scopes));
    if (actorName) query = query.where("actorName", "=", actorName);
    if (operation) query = query.where("operation", "=", operation);
    if (target) query = query.where("target", "=", target);
    if (result) query = query.where("result", "=", result);
    // Said once more for the planner: refusals have an index of their own.
    if (result && result !== "ok") query = query.where("result", "!=", sql.lit("ok"));
    if (from !== undefined) query = query.where("at", ">=", from);
    if (to !== undefined) query = query.where("at", "<", to);
    if (before) query = query.where("seq", "<", before);
    return (await query.execute()).map(toRecord);
  }
  return {
    /** Newest first. */
    async list(filter: ActivityFilter): Promise<ActivityRecord[]> {
      const { operation } = filter;
      if (!operation) return page(filter);
      const meant = (await operationsOf(db)).filter((name) => name === operation || name.startsWith(`${operation}.`));
      // The newest of each, by its index, hold the newest of all.
      const found = await Promise.all(meant.map((name) => page(filter, name)));
      return found
        .flat()
        .sort((a, b) => b.seq - a.seq)
        .slice(0, filter.limit);
    },
    /** Of one of these targets, in the part of the log that is meant, newest first by their time. */
    async ofTargets(
      spans: readonly ActivitySpan[],
      { operations, before, limit }: { operations: readonly string[]; before: ActivityPlace | null; limit: number },
    ) {
      if (spans.length === 0) return [];
      let query = db.selectFrom("activity").selectAll().where("operation", "in", operations).orderBy("at", "desc").orderBy("seq", "desc").limit(limit);
      query = query.where((eb) =>
        eb.or(spans.map(({ targets, after, upTo }) => eb.and([eb("target", "in", targets), eb("seq", ">", after), eb("seq", "<=", upTo)]))),
      );
      if (before) query = query.where((eb) => eb.or([eb("at", "<", before.at), eb.and([eb("at", "=", before.at), eb("seq", "<", before.seq)])]));
      return (await query.execute()).map(toRecord);
    },
    /**
     * Reads the whole chain in order and compares each hash. Entries that were removed for their age are missed at the begin alone, and only when an entry of the chain tells of it with the hash of the last of them.
     * @returns `removed`: how many are gone so
     */
    async verify(): Promise<Verdict> {
      for (;;) {
        const begin = await oldest();
        const found = await verifyFrom(begin);
        // What was removed while it was read leaves a gap that isn't one.
        if (found.firstBroken === null || (await oldest())?.seq === begin?.seq) return found;
      }
    },
  };

  async function oldest() {
    return db.selectFrom("activity").select(["seq", "previousHash"]).orderBy("seq").limit(1).executeTakeFirst();
  }

  async function verifyFrom(begin: { seq: number; previousHash: string } | undefined): Promise<Verdict> {
    const removed = begin === undefined ? 0 : begin.seq - 1;
    let previousHash = begin === undefined || removed === 0 ? CHAIN_START : begin.previousHash;
    let isRemovalTold = removed === 0;
    let seq = removed;
    for (;;) {
      const rows = await db.selectFrom("activity").selectAll().where("seq", ">", seq).orderBy("seq").limit(1_000).execute();
      for (const record of rows.map(toRecord)) {
        const { seq: found, previousHash: linked, hash, ...entry } = record;
        if (found !== seq + 1 || linked !== previousHash || hash !== chainHash(previousHash, found, entry))
          return { entries: seq - removed, removed, firstBroken: seq + 1 };
        isRemovalTold ||= tellsOfRemoval(entry, { upTo: removed, hash: begin?.previousHash });
        previousHash = hash;
        seq = found;
      }
      if (rows.length === 0) return { entries: seq - removed, removed, firstBroken: isRemovalTold ? null : 1 };
    }
  }
}

export interface Verdict {
  /** That are there and as they were written. */
  entries: number;
  /** That were removed for their age. */
  removed: number;
  /** Number of the first that isn't as it was written; null: all are. */
  firstBroken: number | null;
}

/** Of the engine's own entry about entries that it has removed. */
export const PURGE = "activity.purge";

function tellsOfRemoval({ operation, details }: ActivityEntry, { upTo, hash }: { upTo: number; hash: string | undefined }): boolean {
  if (operation !== PURGE || typeof details !== "object" || details === null) return false;
  return "upTo" in details && details.upTo === upTo && "hash" in details && details.hash === hash;
}

export function activityPurge(db: Db) {
  return {
    /** Removes the oldest entries, at most so many; the newest stays, as the next one is chained to it. @returns the last of those that went; undefined: none is that old */
    async forget(before: number, limit: number): Promise<{ upTo: number; hash: string; entries: number } | undefined> {
      const rows = await db
        .selectFrom("activity")
        .select(["seq", "at", "hash"])
        .orderBy("seq")
        .limit(limit + 1)
        .execute();
      const young = rows.findIndex(({ at }) => at >= before);
      const old = rows.slice(0, Math.min(young === -1 ? rows.length : young, rows.length - 1, limit));
      const last = old.at(-1);
      if (last === undefined) return undefined;
      await db.deleteFrom("activity").where("seq", "<=", last.seq).execute();
      return { upTo: last.seq, hash: last.hash, entries: old.length };
    },
  };
}

/** Each once, by steps along their index: the log may have a million entries, and knows some dozens of operations. */
async function operationsOf(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`with recursive names(name) as (select min(operation) from activity
    union all select (select min(operation) from activity where operation > names.name) from names where names.name is not null)
    select name from names where name is not null`.execute(db);
  return rows.map(({ name }) => name);
}

const lastEntry = prepared((db) => db.selectFrom("activity").select(["seq", "hash"]).orderBy("seq", "desc").limit(1));

/** Entries of a group of writers are chained together at the group's end, so that the chain's lock is held for a moment only. */
export function createActivityBuffer() {
  const entries: ActivityEntry[] = [];
  return {
    append(entry: ActivityEntry): void {
      entries.push(entry);
    },
    mark(): () => void {
      const length = entries.length;
      return () => {
        entries.length = length;
      };
    },
    /** @returns whether there were any */
    async flush(db: Transaction<Schema>, dialect: Dialect): Promise<boolean> {
      if (entries.length === 0) return false;
      await dialect.lockActivity(db);
      const [head] = await lastEntry(db);
      let previousHash = head?.hash ?? CHAIN_START;
      let seq = head?.seq ?? 0;
      const rows = entries.map((entry) => {
        const { details, ...same } = entry;
        seq += 1;
        const row = {
          ...same,
          detailsJson: details === undefined ? null : JSON.stringify(details),
          seq,
          previousHash,
          hash: chainHash(previousHash, seq, entry),
        };
        previousHash = row.hash;
        return row;
      });
      await insertRows({ db, dialect }, "activity", rows);
      return true;
    },
  };
}

function toRecord({ detailsJson, ...row }: Schema["activity"]): ActivityRecord {
  const details = parseJsonOrNull(detailsJson);
  return { ...row, actorKind: row.actorKind as ActivityRecord["actorKind"], ...(details === null ? {} : { details }) };
}
