import { dayNumber, type Month, monthAt, monthIndexOf } from "./calendar.ts";

/** Which dates a rule names: days of a month, all moved by `offsetDays` (−31 to 31) afterwards, possibly into another month. */
export interface DateRule {
  /** Days from 1, ascending, each once. */
  daysIn(month: Month): readonly number[];
  offsetDays: number;
}

/**
 * The calendar repeats after 400 years (146,097 days are 20,871 whole weeks): a rule over every month that named no day in so long names none at all.
 * One over every nth month can in theory (29 February, every 47 months); it counts as ended, too.
 */
const MONTHS_WITHOUT_A_DAY = 400 * 12;
/** Nothing is planned later; Temporal itself ends in 275760. */
export const LAST_YEAR = 9999;
const LAST_MONTH = LAST_YEAR * 12 + 11;

/** Day numbers from `from` on, ascending; ends when none can follow. */
export function* datesOf({ daysIn, offsetDays }: DateRule, from: number): Generator<number> {
  let empty = 0;
  for (let index = monthIndexOf(from - offsetDays); index <= LAST_MONTH && empty <= MONTHS_WITHOUT_A_DAY; index++) {
    const month = monthAt(index);
    const days = daysIn(month);
    empty = days.length === 0 ? empty + 1 : 0;
    for (const day of days) {
      const date = month.first + day - 1 + offsetDays;
      if (date >= from) yield date;
    }
  }
}

export const hasDates = (rule: DateRule): boolean => !datesOf(rule, dayNumber(2000, 1, 1)).next().done;
