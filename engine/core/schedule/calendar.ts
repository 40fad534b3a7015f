/** The proleptic Gregorian calendar in whole numbers: dates are walked by the thousand, objects would cost most of the time. */

const DAY_MS = 86_400_000;

/** Days since 1970-01-01; months and days beyond their range run over, as 2026-13-01 into 2027-01-01. */
export const dayNumber = (year: number, month: number, day: number): number => new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS;

export const dayNumberOf = ({ year, month, day }: Temporal.PlainDate | Temporal.PlainDateTime): number => dayNumber(year, month, day);

/** 0 is Sunday, as in cron; 1970-01-01 was a Thursday. */
export const weekdayOf = (dayNumber: number): number => modulo(dayNumber + 4, 7);

export const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** One month, with what rules ask about it. */
export interface Month {
  /** Months since January of year 0. */
  index: number;
  /** 1 to 12. */
  month: number;
  /** 28 to 31. */
  length: number;
  /** The day number of its first day. */
  first: number;
}

export const monthIndexOf = (dayNumber: number): number => {
  const date = new Date(dayNumber * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};

export function monthAt(index: number): Month {
  const year = Math.floor(index / 12);
  const month = modulo(index, 12) + 1;
  const first = dayNumber(year, month, 1);
  return { index, month, first, length: dayNumber(year, month + 1, 1) - first };
}

/** Days of the month, from 1, that satisfy `test`; ascending. */
export function daysWhere({ length }: Month, test: (day: number) => boolean): number[] {
  const days: number[] = [];
  for (let day = 1; day <= length; day++) if (test(day)) days.push(day);
  return days;
}

/** The weekday of a day of the month; 0 is Sunday. */
export const weekdayIn = (month: Month, day: number): number => weekdayOf(month.first + day - 1);

/** Whether `day` is the nth of its weekday in its month (`nth` from 1), or the last one. */
export const isNthOfWeekday = ({ length }: Month, day: number, nth: number | "last"): boolean =>
  nth === "last" ? day + 7 > length : Math.ceil(day / 7) === nth;
