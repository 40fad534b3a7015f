import { type Db, parts, type WriteParts } from "./db.ts";

/** An occurrence that doesn't happen, and who said so. */
export interface WindowException {
  windowId: string;
  occurrence: string;
  kind: "skipped" | "cancelled";
  reason: string;
  by: string;
  at: number;
}

export function exceptionReads(db: Db) {
  return {
    async exception(windowId: string, occurrence: string): Promise<WindowException | undefined> {
      const row = await db.selectFrom("windowExceptions").selectAll().where("windowId", "=", windowId).where("occurrence", "=", occurrence).executeTakeFirst();
      return row && { ...row, kind: row.kind as WindowException["kind"] };
    },
    /** Of many windows. */
    async exceptionsOf(windowIds: readonly string[]): Promise<WindowException[]> {
      const found: WindowException[] = [];
      for (const some of parts(windowIds)) {
        const rows = await db.selectFrom("windowExceptions").selectAll().where("windowId", "in", some).execute();
        found.push(...rows.map((row) => ({ ...row, kind: row.kind as WindowException["kind"] })));
      }
      return found;
    },
    async exceptions(windowId: string): Promise<WindowException[]> {
      const rows = await db.selectFrom("windowExceptions").selectAll().where("windowId", "=", windowId).orderBy("at", "desc").limit(1_000).execute();
      return rows.map((row) => ({ ...row, kind: row.kind as WindowException["kind"] }));
    },
  };
}

export function exceptionWrites({ db, noteChange }: WriteParts) {
  return {
    async except(exception: WindowException): Promise<void> {
      noteChange("deployments");
      const { kind, reason, by, at } = exception;
      await db
        .insertInto("windowExceptions")
        .values(exception)
        .onConflict((conflict) => conflict.columns(["windowId", "occurrence"]).doUpdateSet({ kind, reason, by, at }))
        .execute();
    },
    /** An occurrence happens after all. What was planned for it and ended by that stays, and makes room for another plan. */
    async unskip({ windowId, occurrence, at }: WindowException): Promise<void> {
      noteChange("deployments");
      await db.deleteFrom("windowExceptions").where("windowId", "=", windowId).where("occurrence", "=", occurrence).execute();
      const query = db.selectFrom("deployments").select("id").where("windowId", "=", windowId).where("occurrence", "=", occurrence);
      const ended = await query.where("status", "=", "aborted").where("endedAt", "=", at).executeTakeFirst();
      if (!ended) return;
      await db
        .updateTable("deployments")
        .set({ occurrence: `${occurrence} skipped ${ended.id}` })
        .where("id", "=", ended.id)
        .execute();
    },
  };
}
