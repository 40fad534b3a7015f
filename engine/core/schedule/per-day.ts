import { RunwrightError } from "../errors.ts";
import { monthAt, monthIndexOf } from "./calendar.ts";
import { evaluate } from "./evaluate.ts";
import type { WallRule } from "./planned.ts";
import { type ReadSchedule, readSchedule, type Schedule } from "./schedule.ts";

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

/** Days in UTC: the first one as Unix milliseconds of its midnight, and how many. */
export interface Days {
  first: number;
  count: number;
}

/** Seconds by which a zone is ahead of UTC around a day: a day before it, at its beginning and at its end. They differ when clocks change. */
export type Offsets = (day: number) => readonly [before: number, begin: number, end: number];

/** Asks a zone once for many schedules. */
export function offsetsOf(timeZone: string): Offsets {
  const known = new Map<number, number>();
  const at = (ms: number): number => {
    const found = known.get(ms) ?? Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e9;
    known.set(ms, found);
    return found;
  };
  return (day) => [at(day - DAY_MS), at(day), at(day + DAY_MS)];
}

/**
 * How many occurrences of a schedule lie in each day. Where clocks don't change it is reckoned, not walked: a rule of each minute has 89,280 in two months.
 * @throws SCHEDULE_INVALID
 */
export function occurrencesPerDay(schedule: Schedule, { first, count }: Days, offsets: Offsets): number[] {
  const { schedule: read, problems } = readSchedule(schedule);
  if (read === undefined) throw new RunwrightError("SCHEDULE_INVALID", "the schedule isn't valid", { details: { problems } });
  const reckon = read.rule.kind === "wall" ? reckoning(read.rule.rule) : undefined;
  const starts = read.startAt?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
  const expires = read.expiresAt?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  return Array.from({ length: count }, (_, i) => {
    const begin = first + i * DAY_MS;
    const end = begin + DAY_MS;
    if (end <= starts || begin >= expires) return 0;
    const [before, offset, after] = offsets(begin);
    const isPlain = before === offset && offset === after && starts <= begin && expires >= end;
    return reckon && isPlain ? reckon(begin, offset) : walked(read, begin, end);
  });
}

/** Wall times whose day in UTC is this one lie in two days of the zone, at most. */
function reckoning({ dates: { daysIn, offsetDays }, times }: WallRule): (day: number, offset: number) => number {
  const months = new Map<number, { first: number; days: ReadonlySet<number> }>();
  function isNamed(date: number): boolean {
    const index = monthIndexOf(date - offsetDays);
    let month = months.get(index);
    if (!month) {
      const of = monthAt(index);
      month = { first: of.first, days: new Set(daysIn(of)) };
      months.set(index, month);
    }
    return month.days.has(date - offsetDays - month.first + 1);
  }
  return (day, offset) => {
    const from = day / 1_000 + offset;
    const to = from + DAY_SECONDS;
    let count = 0;
    for (let date = Math.floor(from / DAY_SECONDS); date * DAY_SECONDS < to; date++) {
      if (!isNamed(date)) continue;
      const midnight = date * DAY_SECONDS;
      for (const time of times) if (midnight + time >= from && midnight + time < to) count++;
    }
    return count;
  };
}

/** One by one: for the days around a change of clocks, at the ends, and of rules that know no wall times. */
function walked(schedule: ReadSchedule, begin: number, end: number): number {
  let count = 0;
  for (const { at } of evaluate(schedule, Temporal.Instant.fromEpochMilliseconds(begin).subtract({ nanoseconds: 1 }))) {
    if (at.epochMilliseconds >= end) break;
    count++;
  }
  return count;
}
