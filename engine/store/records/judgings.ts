import { sql } from "kysely";
import type { Scope } from "../../core/scope.ts";
import { type Db, parseJson, type WriteParts } from "./db.ts";
import { type MachineRecord, toMachine } from "./machines.ts";
import { withinScopes } from "./scopes.ts";

/** Machines of a scope are to be judged anew, in the order of their ids. */
export interface JudgingRecord {
  id: string;
  scope: Scope;
  /** Id of the machine up to which it is done. */
  after: string;
  /** Ids of machines before it that somebody else was writing about. */
  left: readonly string[];
  at: number;
}

/** What waits to be judged anew: single machines by the time in their newest assessment, whole scopes by rows of their own. */
export function judgingReads(db: Db) {
  const due = (now: number) =>
    db
      .selectFrom("assessments")
      .innerJoin("machines", "machines.id", "assessments.machineId")
      .select("assessments.machineId")
      .where("assessments.current", "=", sql.lit(1))
      .where("assessments.judgeAgainAt", "is not", null)
      .where("assessments.judgeAgainAt", "<=", now)
      .where("machines.removedAt", "is", null)
      .orderBy("assessments.judgeAgainAt");
  return {
    /** Ids of machines whose time has come, the longest due first. */
    due: async (now: number, limit: number): Promise<string[]> => (await due(now).limit(limit).execute()).map(({ machineId }) => machineId),
    /** How many scopes wait. */
    async scopes(): Promise<Scope[]> {
      return (await db.selectFrom("judgings").select("scope").orderBy("at").execute()).map(({ scope }) => scope);
    },
    /** Ids of machines in a scope and below it, above this id. */
    async machinesAfter(scope: Scope, after: string, limit: number): Promise<string[]> {
      const query = db.selectFrom("machines").select("id").where("id", ">", after).where("removedAt", "is", null);
      const rows = await query
        .where((where) => withinScopes(where, "machines.scope", [scope]))
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

export function judgingWrites({ db, dialect, noteTrigger }: WriteParts) {
  return {
    ...judgingReads(db),
    /** In the transaction that changes what policies of this scope say. @param id of the change: told twice it is one */
    async scopeChanged({ id, scope, at }: Pick<JudgingRecord, "id" | "scope" | "at">): Promise<void> {
      await db
        .insertInto("judgings")
        .values({ id, scope, after: "", leftJson: "[]", at })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ scope, after: "", leftJson: "[]", at }))
        .execute();
      noteTrigger();
    },
    /** The one that has waited longest, for this transaction alone; those that no other engine is working at. */
    async take(): Promise<JudgingRecord | undefined> {
      const row = await dialect.skipLocked(db.selectFrom("judgings").selectAll().orderBy("at").orderBy("id").limit(1)).executeTakeFirst();
      return row && { id: row.id, scope: row.scope, after: row.after, left: parseJson(row.leftJson), at: row.at };
    },
    /** Others that haven't begun and lie in a scope whose judging begins: it does their work too. */
    async join({ id, scope }: Pick<JudgingRecord, "id" | "scope">): Promise<void> {
      const within = db.selectFrom("judgings").select("id").where("id", "<>", id).where("after", "=", "");
      const found = await dialect.skipLocked(within.where((where) => withinScopes(where, "judgings.scope", [scope]))).execute();
      if (found.length > 0)
        await db
          .deleteFrom("judgings")
          .where(
            "id",
            "in",
            found.map((one) => one.id),
          )
          .execute();
    },
    async proceed(id: string, { after, left }: Pick<JudgingRecord, "after" | "left">): Promise<void> {
      await db
        .updateTable("judgings")
        .set({ after, leftJson: JSON.stringify(left) })
        .where("id", "=", id)
        .execute();
    },
    async end(id: string): Promise<void> {
      await db.deleteFrom("judgings").where("id", "=", id).execute();
    },
    /** These machines, but those that others are writing about, held until the transaction ends. */
    async holdFree(ids: readonly string[]): Promise<MachineRecord[]> {
      if (ids.length === 0) return [];
      const query = db
        .selectFrom("machines")
        .selectAll()
        .where("id", "in", [...ids])
        .orderBy("id");
      return (await dialect.skipLocked(query).execute()).map(toMachine);
    },
  };
}
