import { WINDOW_MS } from "../../core/deploy/window.ts";
import { notKnown } from "../../core/schedule/problem.ts";
import { FREQUENCIES, type NthWeekday, type Recurrence, WEEKDAYS, type Weekday } from "../../core/schedule/recurrence.ts";
import { WINDOWS_ZONES, zoneOfWindows } from "../../core/schedule/windows-zones.ts";
import { zoneProblem } from "../../core/schedule/zone.ts";
import type { Findings } from "./findings.ts";

/** How often, in what both of Azure's notations have in common. */
export type Beat = { every: number } & (
  | { frequency: "once" | "hourly" | "daily" }
  | { frequency: "weekly"; weekdays: readonly Weekday[] }
  | { frequency: "monthly"; days: readonly (number | "last")[] }
  | { frequency: "monthly"; nths: readonly NthWeekday[]; offsetDays: number }
);

/** When a window opens. */
export interface Timing {
  recurrence: Recurrence;
  timeZone: string;
  startAt?: string;
  expiresAt?: string;
  duration: string;
  /** Why it never opens any more. */
  over?: string;
}

export interface TimingParts {
  beat: Beat;
  start: Temporal.PlainDateTime;
  /** Undefined, or the year 9999: never. */
  expires: Temporal.PlainDateTime | undefined;
  timeZone: string;
  duration: string;
  now: number;
}

const NO_END_YEAR = 9_999;

/** @param at JSON Pointer to what says how often */
export function timingOf({ beat, start, expires: end, timeZone, duration, now }: TimingParts, at: string, findings: Findings): Timing {
  const expires = end !== undefined && end.year < NO_END_YEAR ? end : undefined;
  const { largest } = FREQUENCIES[beat.frequency];
  if (beat.every < 1 || beat.every > largest) findings.problem(at, `every ${beat.every} is more than can be said: 1 to ${largest} for ${beat.frequency}`);
  const first = start.round({ smallestUnit: "minute", roundingMode: "trunc" });
  if (beat.frequency !== "once" && expires !== undefined && Temporal.PlainDateTime.compare(expires, start) <= 0)
    findings.problem(at.slice(0, at.lastIndexOf("/")), `expires at ${textOf(expires)}, which isn't after its start at ${textOf(first)}`);
  const instant = (moment: Temporal.PlainDateTime) => moment.toZonedDateTime(timeZone).epochMilliseconds;
  const isAnchored = beat.frequency === "hourly" || beat.every > 1 || instant(first) > now;
  const isExpired = expires !== undefined && instant(expires) <= now;
  const isDone = beat.frequency === "once" && instant(first) <= now;
  return {
    recurrence: recurrenceOf(beat, first),
    timeZone,
    ...(isAnchored && beat.frequency !== "once" ? { startAt: textOf(first) } : {}),
    ...(expires === undefined || isExpired || beat.frequency === "once" ? {} : { expiresAt: textOf(expires) }),
    duration,
    ...(isDone ? { over: `it was to open once, at ${textOf(first)}` } : isExpired ? { over: `it has expired at ${textOf(expires)}` } : {}),
  };
}

const textOf = (moment: Temporal.PlainDateTime): string => moment.toString({ smallestUnit: "minute" });

function recurrenceOf(beat: Beat, first: Temporal.PlainDateTime): Recurrence {
  const times = [first.toPlainTime().toString({ smallestUnit: "minute" })];
  const every = beat.every === 1 ? {} : { every: beat.every };
  switch (beat.frequency) {
    case "once":
      return { frequency: "once", at: textOf(first) };
    case "hourly":
      return { frequency: "hourly", ...every };
    case "daily":
      return { frequency: "daily", ...every, times };
    case "weekly":
      return { frequency: "weekly", ...every, weekdays: beat.weekdays, times };
    case "monthly":
      if ("days" in beat) return { frequency: "monthly", ...every, days: beat.days, times };
      return { frequency: "monthly", ...every, weekdays: beat.nths, times, ...(beat.offsetDays === 0 ? {} : { offsetDays: beat.offsetDays }) };
  }
}

export const weekdayOf = (date: Temporal.PlainDateTime): Weekday => WEEKDAYS[date.dayOfWeek % 7] ?? "monday";

/** Also short, as `Mon`; letter case doesn't count. */
export function readWeekday(word: string, at: string, findings: Findings): Weekday | undefined {
  const folded = word.trim().toLowerCase();
  const found = WEEKDAYS.find((one) => one === folded || (folded.length === 3 && one.startsWith(folded)));
  if (found === undefined) findings.problem(at, notKnown(word, WEEKDAYS));
  return found;
}

/** The IANA zone of a name as Windows or IANA has it. UTC takes the place of one that isn't known, which is a problem already. */
export function readZone(name: string | undefined, at: string, findings: Findings): string {
  if (name === undefined || name.trim() === "") {
    findings.differs(at, "names no time zone: UTC, as Azure assumes");
    return "UTC";
  }
  const zone = zoneOfWindows(name) ?? name.trim();
  if (zoneProblem(zone) === undefined) return zone;
  findings.problem(at, `there is no time zone ${notKnown(name, [...WINDOWS_ZONES, ...Intl.supportedValuesOf("timeZone")])}`);
  return "UTC";
}

/** `PT2H30M` or `02:30` or `02:30:00`, as a duration of ours. */
export function readLength(text: string | undefined, at: string, findings: Findings): string {
  const minutes = text === undefined ? undefined : minutesOf(text);
  const told = text === undefined ? "says no duration" : `"${text}" isn't a duration such as PT2H or 02:00`;
  if (minutes === undefined) findings.problem(at, told);
  else if (minutes * 60_000 < WINDOW_MS.shortest || minutes * 60_000 > WINDOW_MS.longest)
    findings.problem(at, `${text} is no length of a window: from 30m to 24h`);
  const [hours, rest] = [Math.floor((minutes ?? 0) / 60), Math.round((minutes ?? 0) % 60)];
  return `${hours > 0 ? `${hours}h` : ""}${rest > 0 || hours === 0 ? `${rest}m` : ""}`;
}

function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):([0-5]\d)(?::[0-5]\d)?$/.exec(text.trim()) ?? [];
  if (hours !== undefined) return Number(hours) * 60 + Number(minutes);
  if (!/^PT?[\dHMSDT.]+$/.test(text.trim())) return undefined;
  try {
    return Math.floor(Temporal.Duration.from(text.trim()).total({ unit: "minutes" }));
  } catch {
    return undefined; // Temporal says only that it isn't one
  }
}
