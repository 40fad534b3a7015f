import { type Asker, type Db, insertRow, preparedFor, type WriteParts } from "./db.ts";

/** Of a schedule that has something to come. */
export interface ScheduleTimer {
  resourceId: string;
  /** Occurrences up to and with this moment are decided, Unix milliseconds. */
  decidedTo: number;
  /** When the next one is to start, jitter included. */
  nextAt: number;
}

export function timerReads(db: Db) {
  return {
    get: (resourceId: string): Promise<ScheduleTimer | undefined> =>
      db.selectFrom("scheduleTimers").selectAll().where("resourceId", "=", resourceId).executeTakeFirst(),
    many: async (resourceIds: readonly string[]): Promise<ScheduleTimer[]> =>
      resourceIds.length === 0 ? [] : db.selectFrom("scheduleTimers").selectAll().where("resourceId", "in", resourceIds).execute(),
    /** Those whose time has come, earliest first: as much of the index as is due, however many schedules there are. */
    due: (now: number, limit: number): Promise<ScheduleTimer[]> =>
      db.selectFrom("scheduleTimers").selectAll().where("nextAt", "<=", now).orderBy("nextAt").orderBy("resourceId").limit(limit).execute(),
    /** When the next one is due; null: nothing is to come. */
    async next(): Promise<number | null> {
      const row = await db.selectFrom("scheduleTimers").select("nextAt").orderBy("nextAt").orderBy("resourceId").limit(1).executeTakeFirst();
      return row?.nextAt ?? null;
    },
  };
}

const MOVED_ON = 'on conflict ("resourceId") do update set "decidedTo" = excluded."decidedTo", "nextAt" = excluded."nextAt"';

const lockTimer = preparedFor(({ db, dialect }: Asker, resourceId: string) =>
  dialect.lockRows(
    db
      .selectFrom("resources")
      .innerJoin("scheduleTimers", "scheduleTimers.resourceId", "resources.id")
      .selectAll("scheduleTimers")
      .select("resources.revision")
      .where("resources.id", "=", resourceId),
  ),
);

export function timerWrites(parts: WriteParts) {
  const { db, noteTrigger } = parts;
  return {
    ...timerReads(db),
    /** Nobody else decides about this schedule, nor changes it, until the transaction ends. */
    lock: async (resourceId: string): Promise<(ScheduleTimer & { revision: number }) | undefined> => (await lockTimer(parts, resourceId))[0],
    async put(timer: ScheduleTimer): Promise<void> {
      const { resourceId, decidedTo, nextAt } = timer;
      await insertRow(parts, "scheduleTimers", { resourceId, decidedTo, nextAt }, MOVED_ON);
      noteTrigger();
    },
    async delete(resourceId: string): Promise<void> {
      await db.deleteFrom("scheduleTimers").where("resourceId", "=", resourceId).execute();
    },
  };
}
