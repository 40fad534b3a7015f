import { createHash } from "node:crypto";
import type { Transaction } from "kysely";
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
  /** `anonymous`: a refused attempt by someone who gave no valid token. */
  actorKind: PrincipalKind | "engine" | "anonymous";
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
  operation?: string;
  target?: string;
  before?: number;
  limit: number;
}

/** The hash before the first entry. */
export const CHAIN_START = "0".repeat(64);

export const chainHash = (previousHash: string, seq: number, entry: ActivityEntry): string =>
  createHash("sha256")
    .update(previousHash)
    .update(canonicalJson({ ...entry, details: entry.details ?? null, seq }))
    .digest("hex");

export function activityReads(db: Db) {
  return {
    /** Newest first. */
    async list(filter: ActivityFilter): Promise<ActivityRecord[]> {
      let query = db.selectFrom("activity").selectAll().orderBy("seq", "desc").limit(filter.limit);
      query = query.where((where) => withinScopes(where, "activity.scope", filter.scopes));
      if (filter.actorName) query = query.where("actorName", "=", filter.actorName);
      if (filter.operation) query = query.where("operation", "=", filter.operation);
      if (filter.target) query = query.where("target", "=", filter.target);
      if (filter.before) query = query.where("seq", "<", filter.before);
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
    async flush(db: Transaction<Schema>, dialect: Dialect): Promise<void> {
      if (entries.length === 0) return;
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
    },
  };
}

function toRecord({ detailsJson, ...row }: Schema["activity"]): ActivityRecord {
  const details = parseJsonOrNull(detailsJson);
  return { ...row, actorKind: row.actorKind as ActivityRecord["actorKind"], ...(details === null ? {} : { details }) };
}
