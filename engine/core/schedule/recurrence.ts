/** What a recurrence says, instead of cron. Times of day are wall times of the schedule's zone, `"02:30"`. */
export type Recurrence = OnceRecurrence | HourlyRecurrence | DailyRecurrence | WeeklyRecurrence | MonthlyByDay | MonthlyByWeekday;

/** Once, at a wall time of the zone (`"2026-03-29T02:30"`) or an instant (`"2026-03-29T02:30+02:00"`). */
export interface OnceRecurrence {
  frequency: "once";
  at: string;
}

/** Every n elapsed hours from `startAt` on (else from 2000-01-01 00:00 in the zone); clock changes don't alter the distance. */
export interface HourlyRecurrence {
  frequency: "hourly";
  /** 1 (default) to 8,784. */
  every?: number;
}

/** Every n days, counted from the date of `startAt` (else from 2000-01-01). */
export interface DailyRecurrence {
  frequency: "daily";
  /** 1 (default) to 3,660. */
  every?: number;
  times: readonly string[];
}

/** On these weekdays of every nth week; weeks begin on Monday and count from that of `startAt` (else from that of 2000-01-01). */
export interface WeeklyRecurrence {
  frequency: "weekly";
  /** 1 (default) to 520. */
  every?: number;
  weekdays: readonly Weekday[];
  times: readonly string[];
}

interface Monthly {
  frequency: "monthly";
  /** 1 (default) to 48; months count from that of `startAt` (else from January 2000). */
  every?: number;
  times: readonly string[];
  /** −31 to 31: moves each day that the rule finds, also into another month. */
  offsetDays?: number;
}

/** A day that a month lacks doesn't run in it; `"last"` is the last day of each. */
export interface MonthlyByDay extends Monthly {
  days: readonly (number | "last")[];
  weekdays?: undefined;
}

/** `{ nth: 2, weekday: "tuesday" }`. A month without a fifth one doesn't run; `"last"` is there always. */
export interface MonthlyByWeekday extends Monthly {
  weekdays: readonly NthWeekday[];
  days?: undefined;
}

export interface NthWeekday {
  /** 1 to 5, or `"last"`. */
  nth: number | "last";
  weekday: Weekday;
}

/** In the order of cron's numbers. */
export const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** The keys of each frequency besides `frequency`, and the largest `every`: ten years of days or weeks, four of months, one of hours. */
export const FREQUENCIES = {
  once: { keys: ["at"], largest: 1 },
  hourly: { keys: ["every"], largest: 8_784 },
  daily: { keys: ["every", "times"], largest: 3_660 },
  weekly: { keys: ["every", "weekdays", "times"], largest: 520 },
  monthly: { keys: ["every", "days", "weekdays", "times", "offsetDays"], largest: 48 },
} as const;
export type Frequency = keyof typeof FREQUENCIES;
