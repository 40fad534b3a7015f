import { type Db, insertRow, type WriteParts } from "./db.ts";

/** Of a maintenance window that is enabled. */
export interface WindowTimer {
  resourceId: string;
  /** Occurrences up to and with this moment of the window's own line of time are decided, Unix milliseconds. */
  decidedTo: number;
  /** Only what opens later counts: when the window was made, enabled or changed. */
  since: number;
  /** When the next one is to be planned. */
  nextAt: number;
}

export function windowTimerReads(db: Db) {
  return {
    /** Those whose time has come, earliest first. */
    due: (now: number, limit: number): Promise<WindowTimer[]> =>
      db.selectFrom("windowTimers").selectAll().where("nextAt", "<=", now).orderBy("nextAt").orderBy("resourceId").limit(limit).execute(),
  };
}

const MOVED_ON = 'on conflict ("resourceId") do update set "decidedTo" = excluded."decidedTo", "since" = excluded."since", "nextAt" = excluded."nextAt"';

export function windowTimerWrites(parts: WriteParts) {
  const { db, dialect, noteTrigger } = parts;
  return {
    ...windowTimerReads(db),
    /** Nobody else decides about this window, nor changes it, until the transaction ends. */
    async lock(resourceId: string): Promise<(WindowTimer & { revision: number }) | undefined> {
      const query = db
        .selectFrom("resources")
        .innerJoin("windowTimers", "windowTimers.resourceId", "resources.id")
        .selectAll("windowTimers")
        .select("resources.revision")
        .where("resources.id", "=", resourceId);
      return dialect.lockRows(query).executeTakeFirst();
    },
    async put({ resourceId, decidedTo, since, nextAt }: WindowTimer): Promise<void> {
      await insertRow(parts, "windowTimers", { resourceId, decidedTo, since, nextAt }, MOVED_ON);
      noteTrigger();
    },
    async delete(resourceId: string): Promise<void> {
      await db.deleteFrom("windowTimers").where("resourceId", "=", resourceId).execute();
    },
  };
}
