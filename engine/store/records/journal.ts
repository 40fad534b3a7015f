import type { Effect } from "../../core/journal.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, type WriteParts } from "./db.ts";

/** A host call as stored: its outcome is sealed with the job's key. */
export interface JournalRecord {
  jobId: string;
  call: number;
  op: string;
  effect: Effect;
  args: unknown;
  argsHash: string;
  issuedAt: number;
  settleOrder: number | null;
  outcome: Uint8Array | null;
  settledAt: number | null;
}

export function journalReads(db: Db) {
  return {
    /** In order of issue. */
    async list(jobId: string): Promise<JournalRecord[]> {
      const rows = await db.selectFrom("journal").selectAll().where("jobId", "=", jobId).orderBy("call").execute();
      return rows.map(toRecord);
    },
  };
}

export function journalWrites({ db }: WriteParts) {
  return {
    ...journalReads(db),
    /** Issue, or issue and settlement at once. */
    async put({ args, ...call }: JournalRecord): Promise<void> {
      const row = { ...call, argsJson: JSON.stringify(args) };
      await db
        .insertInto("journal")
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(["jobId", "call"]).doUpdateSet({ settleOrder: row.settleOrder, outcome: row.outcome, settledAt: row.settledAt }),
        )
        .execute();
    },
  };
}

function toRecord({ argsJson, ...row }: Schema["journal"]): JournalRecord {
  return { ...row, effect: row.effect as Effect, args: parseJson(argsJson) };
}
