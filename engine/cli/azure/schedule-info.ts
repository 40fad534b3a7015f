import { readLocalTime, readMoment } from "../../core/schedule/moment.ts";
import { notKnown } from "../../core/schedule/problem.ts";
import type { Findings } from "./findings.ts";
import type { ScheduleInfo } from "./shapes.ts";
import { type Beat, readLength, readWeekday, readZone, type Timing, timingOf, weekdayOf } from "./timing.ts";

const FREQUENCIES = ["OneTime", "Hour", "Day", "Week", "Month"] as const;

/** The schedule of a software update configuration. @param at JSON Pointers to the schedule and to the duration @returns undefined: what is wrong was told */
export function timingOfSchedule(
  { schedule, duration, now }: { schedule: ScheduleInfo; duration: string | undefined; now: number },
  at: { schedule: string; duration: string },
  findings: Findings,
): Timing | undefined {
  const timeZone = readZone(schedule.timeZone, `${at.schedule}/timeZone`, findings);
  const length = readLength(duration, at.duration, findings);
  const start = wallTime(schedule.startTime, timeZone, `${at.schedule}/startTime`, findings);
  if (start === undefined) return undefined;
  const expires = schedule.expiryTime === undefined ? undefined : wallTime(schedule.expiryTime, timeZone, `${at.schedule}/expiryTime`, findings);
  const beat = beatOf(schedule, start, at.schedule, findings);
  if (beat === undefined) return undefined;
  return timingOf({ beat, start, expires, timeZone, duration: length, now }, `${at.schedule}/interval`, findings);
}

/** An instant, or a wall time of the zone. */
function wallTime(text: string | undefined, timeZone: string, at: string, findings: Findings): Temporal.PlainDateTime | undefined {
  const moment = text === undefined ? undefined : readMoment(text)?.toZonedDateTimeISO(timeZone).toPlainDateTime();
  const found = moment ?? (text === undefined ? undefined : readLocalTime(text));
  if (found === undefined) findings.problem(at, text === undefined ? "must be there" : `"${text}" isn't a moment such as 2026-03-29T02:30:00+01:00`);
  return found;
}

function beatOf(
  { frequency, interval = 1, advancedSchedule = {} }: ScheduleInfo,
  start: Temporal.PlainDateTime,
  at: string,
  findings: Findings,
): Beat | undefined {
  const { weekDays = [], monthDays = [], monthlyOccurrences = [] } = advancedSchedule;
  const found = FREQUENCIES.find((one) => one.toLowerCase() === frequency?.toLowerCase());
  if (found === undefined) {
    findings.problem(`${at}/frequency`, frequency === undefined ? "must be there" : notKnown(frequency, FREQUENCIES));
    return undefined;
  }
  const advanced = `${at}/advancedSchedule`;
  const refuse = (member: string, given: readonly unknown[], what: string) =>
    given.length > 0 &&
    findings.problem(`${advanced}/${member}`, `contradicts the frequency ${found}: ${what} belong to ${member === "weekDays" ? "Week" : "Month"}`);
  if (found !== "Week") refuse("weekDays", weekDays, "days of the week");
  if (found !== "Month") {
    refuse("monthDays", monthDays, "days of the month");
    refuse("monthlyOccurrences", monthlyOccurrences, "weekdays of the month");
  }
  if (found === "OneTime") return { frequency: "once", every: 1 };
  if (found === "Hour") return { frequency: "hourly", every: interval };
  if (found === "Day") return { frequency: "daily", every: interval };
  if (found === "Week") {
    const weekdays = weekDays.flatMap((day, i) => readWeekday(day, `${advanced}/weekDays/${i}`, findings) ?? []);
    return { frequency: "weekly", every: interval, weekdays: weekDays.length > 0 ? [...new Set(weekdays)] : [weekdayOf(start)] };
  }
  if (monthDays.length > 0 && monthlyOccurrences.length > 0)
    findings.problem(advanced, "has days of the month and weekdays of the month; it is one or the other");
  if (monthlyOccurrences.length > 0) {
    const nths = monthlyOccurrences.flatMap(({ occurrence, day }, i) => {
      const weekday = readWeekday(day, `${advanced}/monthlyOccurrences/${i}/day`, findings);
      const isNth = occurrence === -1 || (occurrence >= 1 && occurrence <= 5);
      if (!isNth) findings.problem(`${advanced}/monthlyOccurrences/${i}/occurrence`, `${occurrence} is neither 1 to 5 nor -1, the last`);
      return weekday === undefined || !isNth ? [] : [{ nth: occurrence === -1 ? ("last" as const) : occurrence, weekday }];
    });
    return { frequency: "monthly", every: interval, nths, offsetDays: 0 };
  }
  const days = monthDays.flatMap((day, i) => readMonthDay(day, `${advanced}/monthDays/${i}`, findings) ?? []);
  return { frequency: "monthly", every: interval, days: monthDays.length > 0 ? [...new Set(days)] : [start.day] };
}

/** -1 is the last day. */
export function readMonthDay(day: number, at: string, findings: Findings): number | "last" | undefined {
  if (day === -1) return "last";
  if (day >= 1 && day <= 31) return day;
  findings.problem(at, `${day} is neither a day of the month, from 1 to 31, nor -1, the last one`);
  return undefined;
}
