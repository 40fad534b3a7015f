import { RunwrightError } from "../../core/errors.ts";
import type { Effect } from "../../core/journal.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, parseJson, type WriteParts } from "./db.ts";

/** A host call as stored: its outcome is sealed with the job's key. */
export interface JournalRecord {
  jobId: string;
  call: number;
  op: string;
  effect: Effect;
  /** As text: a job's calls together are held in memory while it runs again, and parsed they may be dozens of times as large. */
  argsJson: string;
  argsHash: string;
  issuedAt: number;
  /** Try in which it was issued. */
  retry: number;
  settleOrder: number | null;
  outcome: Uint8Array | null;
  settledAt: number | null;
}

/** As it is shown. */
export type JournalCall = Omit<JournalRecord, "outcome" | "argsJson"> & { args: unknown };

/** Which calls there are, and in which order they were settled. */
export type JournalPlace = Omit<JournalCall, "args">;

const PLACE = ["jobId", "call", "op", "effect", "argsHash", "issuedAt", "retry", "settleOrder", "settledAt"] as const;

export function journalReads(db: Db) {
  return {
    /** In order of issue. */
    async list(jobId: string): Promise<JournalRecord[]> {
      return (await db.selectFrom("journal").selectAll().where("jobId", "=", jobId).orderBy("call").execute()) as JournalRecord[];
    },
    /** Some of the calls, in order of issue, without their outcomes: these may be megabytes each, and only the job itself opens them. */
    async calls(jobId: string, { after, limit }: { after: number; limit: number }): Promise<JournalCall[]> {
      const rows = await db
        .selectFrom("journal")
        .select([...PLACE, "argsJson"])
        .where("jobId", "=", jobId)
        .where("call", ">", after)
        .orderBy("call")
        .limit(limit)
        .execute();
      return rows.map(toCall);
    },
    /** All of the calls, in order of issue, without what they were made with and what came of them. */
    async places(jobId: string): Promise<JournalPlace[]> {
      const rows = await db.selectFrom("journal").select(PLACE).where("jobId", "=", jobId).orderBy("call").execute();
      return rows.map((row) => ({ ...row, effect: row.effect as Effect }));
    },
  };
}

// Its seal is about all of them.
const SETTLED = `on conflict ("jobId", "call") do update set ${["op", "effect", "argsJson", "argsHash", "settleOrder", "outcome", "settledAt"]
  .map((column) => `"${column}" = excluded."${column}"`)
  .join(", ")}`;

export function journalWrites(parts: WriteParts) {
  const { db } = parts;
  return {
    ...journalReads(db),
    /** Takes back what was settled at this place or later: it is done anew. */
    async forgetFrom(jobId: string, settleOrder: number): Promise<void> {
      await db.deleteFrom("journal").where("jobId", "=", jobId).where("settleOrder", ">=", settleOrder).execute();
    },
    /** Takes back all of it. */
    async forget(jobId: string): Promise<void> {
      await db.deleteFrom("journal").where("jobId", "=", jobId).execute();
    },
    /** Issue, or issue and settlement at once. */
    async put(record: JournalRecord): Promise<void> {
      await insertRow(parts, "journal", record, SETTLED);
    },
  };
}

function toCall({ argsJson, ...row }: Omit<Schema["journal"], "outcome">): JournalCall {
  return { ...row, effect: row.effect as Effect, args: parseArgs(row, argsJson) };
}

/** @throws DATABASE_DAMAGED */
function parseArgs({ jobId, call, op }: Pick<JournalCall, "jobId" | "call" | "op">, argsJson: string): unknown {
  try {
    return parseJson(argsJson);
  } catch (cause) {
    const what = `the journal of job ${jobId} is damaged in the database: the arguments of call ${call} (${op}) aren't as they were written`;
    throw new RunwrightError("DATABASE_DAMAGED", `${what}. Restore the database from a backup, or start the job anew`, { cause });
  }
}
