import type { Scope } from "../../core/scope.ts";
import type { Classification, ComplianceState } from "../../core/update.ts";
import { chunks, type Db, parseJson, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** How the machines of one scope stood on a day, when they were counted last. */
export interface DailyFigures {
  /** In UTC, such as `2026-03-01`. */
  day: string;
  /** In which they lay, not below. */
  scope: Scope;
  takenAt: number;
  compliance: Readonly<Partial<Record<ComplianceState, number>>>;
  /** Missing updates. */
  missing: Readonly<Partial<Record<Classification, number>>>;
  overdue: number;
}

export function dailyFigureReads(db: Db) {
  return {
    /** From one day to another, both included, by day. */
    async days({ scopes, from, to }: { scopes: readonly Scope[]; from: string; to: string }): Promise<DailyFigures[]> {
      const query = db.selectFrom("dailyFigures").selectAll().where("day", ">=", from).where("day", "<=", to).orderBy("day").orderBy("scope");
      const rows = await query.where((where) => withinScopes(where, "dailyFigures.scope", scopes)).execute();
      return rows.map(({ complianceJson, missingJson, ...row }) => ({ ...row, compliance: parseJson(complianceJson), missing: parseJson(missingJson) }));
    },
    /** The newest day that there is, and when it was counted. */
    newest: (): Promise<{ day: string; takenAt: number } | undefined> =>
      db.selectFrom("dailyFigures").select(["day", "takenAt"]).orderBy("day", "desc").orderBy("takenAt", "desc").limit(1).executeTakeFirst(),
  };
}

export function dailyFigureWrites({ db, dialect }: WriteParts) {
  return {
    ...dailyFigureReads(db),
    /**
     * Puts figures in the place of those of the same day. A day before the newest one is over: only what isn't there at all is added, so that a clock that was set back destroys
     * nothing.
     * @param sinceMs figures that were counted less than this ago stay: another engine was faster
     * @returns whether they were stored
     */
    async put(day: string, takenAt: number, rows: readonly Omit<DailyFigures, "day" | "takenAt">[], sinceMs: number): Promise<boolean> {
      await dialect.lockFigures(db);
      const newest = await dailyFigureReads(db).newest();
      const present = await db.selectFrom("dailyFigures").select("takenAt").where("day", "=", day).orderBy("takenAt", "desc").limit(1).executeTakeFirst();
      if (present && newest && newest.day > day) return false;
      if (present && takenAt >= present.takenAt && takenAt - present.takenAt < sinceMs) return false;
      if (present) await db.deleteFrom("dailyFigures").where("day", "=", day).execute();
      const stored = rows.map(({ scope, compliance, missing, overdue }) => ({
        ...{ day, scope, takenAt, overdue, complianceJson: JSON.stringify(compliance), missingJson: JSON.stringify(missing) },
      }));
      for (const some of chunks(stored, dialect.maxParameters)) await db.insertInto("dailyFigures").values(some).execute();
      return true;
    },
    /**
     * The oldest day goes, when there are more than so many: days are counted, not reckoned from the clock, which may be wrong.
     * @returns whether one went
     */
    async purge(keptDays: number): Promise<boolean> {
      const extra = await db.selectFrom("dailyFigures").select("day").distinct().orderBy("day", "desc").offset(keptDays).limit(1).executeTakeFirst();
      if (!extra) return false;
      const oldest = await db.selectFrom("dailyFigures").select("day").orderBy("day").limit(1).executeTakeFirstOrThrow();
      await db.deleteFrom("dailyFigures").where("day", "=", oldest.day).execute();
      return true;
    },
  };
}
