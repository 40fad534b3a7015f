import { hasDates } from "./dates.ts";
import { readLocalTime, readMoment } from "./moment.ts";
import type { WallRule } from "./planned.ts";
import { isRecord, notKnown, type Report, reportUnknownKeys } from "./problem.ts";
import { FREQUENCIES, type Frequency, type Recurrence, WEEKDAYS } from "./recurrence.ts";
import { recurrenceDates } from "./recurrence-dates.ts";

/** A recurrence that was read: one moment, an elapsed distance, or dates and times. */
export type RecurrenceRule =
  | { kind: "once"; at: Temporal.Instant | Temporal.PlainDateTime }
  | { kind: "elapsed"; hours: number }
  | { kind: "wall"; rule: WallRule };

/** Reports all that is wrong, and then returns undefined. `anchor` is the local date of the schedule's start, if that is known. */
export function readRecurrence(value: unknown, anchor: Temporal.PlainDate, path: string, report: Report): RecurrenceRule | undefined {
  let problems = 0;
  const complain: Report = (at, message) => {
    problems++;
    report(at, message);
  };
  if (!isRecord(value)) {
    complain(path, 'a recurrence is an object such as { frequency: "daily", times: ["02:30"] }');
    return undefined;
  }
  const { frequency } = value;
  if (typeof frequency !== "string" || !Object.hasOwn(FREQUENCIES, frequency)) {
    complain(`${path}/frequency`, notKnown(frequency ?? "", Object.keys(FREQUENCIES)));
    return undefined;
  }
  const { keys, largest } = FREQUENCIES[frequency as Frequency];
  reportUnknownKeys(value, ["frequency", ...keys], path, complain);
  const has = (key: string) => (keys as readonly string[]).includes(key);
  if (has("every") && value.every !== undefined) readInteger(value.every, 1, largest, `${path}/every`, complain);
  if (has("offsetDays") && value.offsetDays !== undefined) readInteger(value.offsetDays, -31, 31, `${path}/offsetDays`, complain);
  const times = has("times") ? readTimes(value.times, `${path}/times`, complain) : [];
  if (frequency === "weekly") readList(value.weekdays, `${path}/weekdays`, 'weekdays such as ["monday", "thursday"]', complain, readWeekday);
  if (frequency === "monthly") readMonthly(value, path, complain);
  const at = frequency === "once" ? readOnce(value.at, `${path}/at`, complain) : undefined;
  if (problems > 0) return undefined;

  const recurrence = value as unknown as Recurrence;
  if (recurrence.frequency === "once") return at === undefined ? undefined : { kind: "once", at };
  if (recurrence.frequency === "hourly") return { kind: "elapsed", hours: recurrence.every ?? 1 };
  const dates = recurrenceDates(recurrence, anchor);
  if (!hasDates(dates)) complain(path, "this never fires: none of its months has such a day");
  return problems > 0 ? undefined : { kind: "wall", rule: { dates, times } };
}

function readInteger(value: unknown, min: number, max: number, path: string, report: Report): void {
  if (!Number.isInteger(value) || Number(value) < min || Number(value) > max) report(path, `this is a whole number from ${min} to ${max}`);
}

function readList(value: unknown, path: string, expected: string, report: Report, read: (item: unknown, path: string, report: Report) => void): void {
  if (!Array.isArray(value) || value.length === 0) report(path, `expected is a list of ${expected}`);
  else for (const [i, item] of value.entries()) read(item, `${path}/${i}`, report);
}

function readWeekday(value: unknown, path: string, report: Report): void {
  if (!(WEEKDAYS as readonly unknown[]).includes(value)) report(path, notKnown(value, WEEKDAYS));
}

function readMonthly({ days, weekdays }: Record<string, unknown>, path: string, report: Report): void {
  if ((days === undefined) === (weekdays === undefined)) {
    report(path, 'a monthly recurrence has either days, such as [1, "last"], or weekdays, such as [{ nth: 2, weekday: "tuesday" }]');
    return;
  }
  if (days !== undefined) {
    readList(days, `${path}/days`, 'days such as [1, 15, "last"]', report, (day, at) => {
      if (day !== "last") readInteger(day, 1, 31, at, (where) => report(where, 'a day of the month is a whole number from 1 to 31, or "last"'));
    });
    return;
  }
  readList(weekdays, `${path}/weekdays`, 'weekdays such as [{ nth: 2, weekday: "tuesday" }]', report, (item, at) => {
    if (!isRecord(item)) {
      report(at, 'a weekday of a month is an object such as { nth: 2, weekday: "tuesday" }');
      return;
    }
    reportUnknownKeys(item, ["nth", "weekday"], at, report);
    if (item.nth !== "last") readInteger(item.nth, 1, 5, `${at}/nth`, (where) => report(where, 'nth is a whole number from 1 to 5, or "last"'));
    readWeekday(item.weekday, `${at}/weekday`, report);
  });
}

/** Seconds since midnight, ascending. Whole minutes only: nothing runs more often than each minute. */
function readTimes(value: unknown, path: string, report: Report): number[] {
  const times = new Set<number>();
  readList(value, path, 'times of day such as ["02:30"]', report, (item, at) => {
    const [, hour, minute] = (typeof item === "string" ? /^([01]\d|2[0-3]):([0-5]\d)$/.exec(item) : null) ?? [];
    if (hour === undefined || minute === undefined) report(at, 'a time of day is a text of hours and minutes from "00:00" to "23:59"');
    else times.add((Number(hour) * 60 + Number(minute)) * 60);
  });
  return [...times].sort((a, b) => a - b);
}

function readOnce(value: unknown, path: string, report: Report): Temporal.Instant | Temporal.PlainDateTime | undefined {
  const at = typeof value === "string" ? (readMoment(value) ?? readLocalTime(value)) : undefined;
  if (at === undefined) report(path, 'this is a wall time such as "2026-03-29T02:30", or an instant such as "2026-03-29T02:30+02:00"');
  return at;
}
