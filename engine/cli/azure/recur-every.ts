import { readLocalTime } from "../../core/schedule/moment.ts";
import type { NthWeekday } from "../../core/schedule/recurrence.ts";
import type { Findings } from "./findings.ts";
import { readMonthDay } from "./schedule-info.ts";
import type { MaintenanceConfiguration } from "./shapes.ts";
import { type Beat, readLength, readWeekday, readZone, type Timing, timingOf, weekdayOf } from "./timing.ts";

type AzureWindow = NonNullable<MaintenanceConfiguration["properties"]["maintenanceWindow"]>;

const NTHS: Readonly<Record<string, NthWeekday["nth"]>> = { first: 1, second: 2, third: 3, fourth: 4, last: "last" };
const EXAMPLES = "such as Day, 3Days, Week Saturday,Sunday, Month day23,day24 or Month Second Tuesday Offset3";

/** The window of a maintenance configuration. @param at JSON Pointer to it @returns undefined: what is wrong was told */
export function timingOfWindow(window: AzureWindow, now: number, at: string, findings: Findings): Timing | undefined {
  const timeZone = readZone(window.timeZone, `${at}/timeZone`, findings);
  const duration = readLength(window.duration, `${at}/duration`, findings);
  const start = wallTime(window.startDateTime, `${at}/startDateTime`, findings);
  const expires = window.expirationDateTime === undefined ? undefined : wallTime(window.expirationDateTime, `${at}/expirationDateTime`, findings);
  if (window.startDateTime === undefined) findings.problem(`${at}/startDateTime`, "must be there");
  if (start === undefined) return undefined;
  const beat = beatOf(window.recurEvery, start, `${at}/recurEvery`, findings);
  if (beat === undefined) return undefined;
  return timingOf({ beat, start, expires, timeZone, duration, now }, `${at}/recurEvery`, findings);
}

function wallTime(text: string | undefined, at: string, findings: Findings): Temporal.PlainDateTime | undefined {
  const found = text === undefined ? undefined : readLocalTime(text.trim());
  if (text !== undefined && found === undefined) findings.problem(at, `"${text}" isn't a wall time such as 2026-04-30 08:00`);
  return found;
}

/** `[n]Hour(s) | Day(s) | Week(s) [weekdays] | Month(s) [day1,day15 | First Monday [Offset-3]]`. */
function beatOf(text: string | undefined, start: Temporal.PlainDateTime, at: string, findings: Findings): Beat | undefined {
  if (text === undefined) {
    findings.differs(at, "doesn't recur: it opens once");
    return { frequency: "once", every: 1 };
  }
  const [, count, unit = "", rest = ""] = /^\s*(\d{0,5})\s*(hour|day|week|month)s?(?:\s+(\S.*?))?\s*$/i.exec(text) ?? [];
  const every = count === undefined || count === "" ? 1 : Number(count);
  const wrong = (why: string): undefined => findings.problem(at, `"${text}" ${why}; ${EXAMPLES}`) as undefined;
  switch (unit.toLowerCase()) {
    case "hour":
      return rest === "" ? { frequency: "hourly", every } : wrong("contradicts itself: what recurs each so many hours has no days");
    case "day":
      return rest === "" ? { frequency: "daily", every } : wrong("contradicts itself: what recurs each so many days has no weekdays");
    case "week": {
      const weekdays = rest === "" ? [weekdayOf(start)] : rest.split(",").flatMap((day) => readWeekday(day, at, findings) ?? []);
      return { frequency: "weekly", every, weekdays: [...new Set(weekdays)] };
    }
    case "month":
      return rest === "" ? { frequency: "monthly", every, days: [start.day] } : monthly(rest, every);
    default:
      return wrong("can't be read");
  }

  function monthly(rest: string, every: number): Beat | undefined {
    const [, nth, day = "", offset] = /^(first|second|third|fourth|last)\s+(\w+)(?:\s+offset\s*([+-]?\d{1,2}))?$/i.exec(rest) ?? [];
    if (nth !== undefined) {
      const weekday = readWeekday(day, at, findings);
      if (Math.abs(Number(offset ?? 0)) > 31) return wrong("moves a day further than 31 days");
      return weekday && { frequency: "monthly", every, nths: [{ nth: NTHS[nth.toLowerCase()] ?? 1, weekday }], offsetDays: Number(offset ?? 0) };
    }
    const days = rest.split(",").map((word) => /^\s*day\s*(-?\d{1,2})\s*$/i.exec(word)?.[1]);
    if (days.some((one) => one === undefined)) return wrong("can't be read");
    return { frequency: "monthly", every, days: [...new Set(days.flatMap((one) => readMonthDay(Number(one), at, findings) ?? []))] };
  }
}
