/*
 * Names of the files that the engine keeps in its folder of backups. They tell the moment that a backup is of, so that sorted names are sorted by time.
 */

const NAME = /^runwright-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.backup$/;
const DRAFT = /^runwright-\d{8}T\d{9}Z\.backup\.[0-9a-f]+\.part$/;

/** @param createdAt ISO 8601 with milliseconds, UTC */
export const nameOf = (createdAt: string): string => `runwright-${createdAt.replace(/[-:.]/g, "")}.backup`;

/** @returns Unix milliseconds; undefined for a name that the engine doesn't give */
export function momentOf(name: string): number | undefined {
  const [, year, month, day, hour, minute, second, ms] = NAME.exec(name) ?? [];
  const moment = year === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(moment) ? undefined : moment;
}

/** Whether it was being written when something ended that. */
export const isDraft = (name: string): boolean => DRAFT.test(name);

const dayOf = (name: string): string => name.slice("runwright-".length, "runwright-YYYYMMDD".length);

export interface Keeping {
  /** So many files stay at most. */
  keep: number;
  /** The name of the one just made: it stays, though a clock which was ahead has named others after it. */
  made: string;
}

/**
 * Which of a folder's files go, as more are there than are kept. First those that a later one of the same day (UTC) has superseded, the oldest first: however many are
 * made on one day, they don't push out those of other nights. Then the oldest. Whatever bears another name isn't the engine's, and stays.
 */
export function removable(names: readonly string[], { keep, made }: Keeping): string[] {
  const own = names.filter((name) => momentOf(name) !== undefined).sort();
  const others = own.filter((name) => name !== made);
  const newestOfDay = new Map(own.map((name) => [dayOf(name), name]));
  const isSuperseded = (name: string) => newestOfDay.get(dayOf(name)) !== name;
  const going = [...others.filter(isSuperseded), ...others.filter((name) => !isSuperseded(name))];
  return going.slice(0, Math.max(0, others.length + 1 - keep));
}
