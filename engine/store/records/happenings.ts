import { documentText, type Happening, type HappeningKind } from "../../core/happening.ts";
import type { Schema } from "../schema.ts";
import { type Db, insertRow, parseJson, type WriteParts } from "./db.ts";

const toHappening = ({ documentJson, handledAt: _, ...row }: Schema["happenings"]): Happening => ({
  ...row,
  kind: row.kind as HappeningKind,
  document: parseJson(documentJson),
});

export function happeningReads(db: Db) {
  return {
    /** Those that no engine has looked at yet, oldest first. */
    open: async (limit: number): Promise<Happening[]> =>
      (await db.selectFrom("happenings").selectAll().where("handledAt", "is", null).orderBy("at").orderBy("id").limit(limit).execute()).map(toHappening),
    get: async (id: string): Promise<Happening | undefined> => {
      const row = await db.selectFrom("happenings").selectAll().where("id", "=", id).executeTakeFirst();
      return row && toHappening(row);
    },
  };
}

export function happeningWrites({ db, dialect, noteTrigger }: WriteParts) {
  return {
    ...happeningReads(db),
    /** In the transaction in which it happens: neither is there without the other. Told a second time it changes nothing. */
    async tell({ document, ...happening }: Happening): Promise<void> {
      const row = { ...happening, documentJson: documentText(document), handledAt: null };
      await insertRow({ db, dialect }, "happenings", row, `on conflict ("id") do nothing`);
      noteTrigger();
    },
    /** @returns whether it was still open: then it is the caller's, until the transaction ends */
    async take(id: string, handledAt: number): Promise<boolean> {
      const row = await dialect.lockRows(db.selectFrom("happenings").select("handledAt").where("id", "=", id)).executeTakeFirst();
      if (row === undefined || row.handledAt !== null) return false;
      await db.updateTable("happenings").set({ handledAt }).where("id", "=", id).execute();
      return true;
    },
    /** A part of what is older, and not what nobody has looked at yet. @returns how many went */
    async purge(before: number, limit: number): Promise<number> {
      const old = db.selectFrom("happenings").select("id").where("at", "<", before).where("handledAt", "is not", null).orderBy("at").limit(limit);
      const done = await db.deleteFrom("happenings").where("id", "in", old).executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}
