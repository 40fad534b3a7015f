import { dayNumberOf, daysWhere, isNthOfWeekday, modulo, monthIndexOf, weekdayIn, weekdayOf } from "./calendar.ts";
import type { DateRule } from "./dates.ts";
import { type DailyRecurrence, type MonthlyByDay, type MonthlyByWeekday, WEEKDAYS, type Weekday, type WeeklyRecurrence } from "./recurrence.ts";

/** The dates of a recurrence that was checked. `anchor` is the local date from which every nth day, week or month is counted, backwards as well. */
export function recurrenceDates(recurrence: DailyRecurrence | WeeklyRecurrence | MonthlyByDay | MonthlyByWeekday, anchor: Temporal.PlainDate): DateRule {
  const every = recurrence.every ?? 1;
  const start = dayNumberOf(anchor);
  switch (recurrence.frequency) {
    case "daily":
      return { offsetDays: 0, daysIn: (month) => daysWhere(month, (day) => modulo(month.first + day - 1 - start, every) === 0) };
    case "weekly": {
      const monday = start - modulo(weekdayOf(start) - 1, 7);
      const weekdays = new Set(recurrence.weekdays.map(numberOf));
      const isInWeek = (date: number) => modulo(Math.floor((date - monday) / 7), every) === 0;
      return { offsetDays: 0, daysIn: (month) => daysWhere(month, (day) => weekdays.has(weekdayIn(month, day)) && isInWeek(month.first + day - 1)) };
    }
    case "monthly": {
      const first = monthIndexOf(start);
      const { offsetDays = 0 } = recurrence;
      const daysIn = daysOfMonths(recurrence);
      return { offsetDays, daysIn: (month) => (modulo(month.index - first, every) === 0 ? daysIn(month) : []) };
    }
  }
}

function daysOfMonths(recurrence: MonthlyByDay | MonthlyByWeekday): DateRule["daysIn"] {
  if (recurrence.days !== undefined) {
    const days = new Set(recurrence.days);
    return (month) => daysWhere(month, (day) => days.has(day) || (days.has("last") && day === month.length));
  }
  const wanted = recurrence.weekdays.map(({ nth, weekday }) => ({ nth, weekday: numberOf(weekday) }));
  return (month) => daysWhere(month, (day) => wanted.some(({ nth, weekday }) => weekdayIn(month, day) === weekday && isNthOfWeekday(month, day, nth)));
}

const numberOf = (weekday: Weekday): number => WEEKDAYS.indexOf(weekday);
