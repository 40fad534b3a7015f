import { daysWhere, isNthOfWeekday, type Month, weekdayIn } from "./calendar.ts";
import { CronFieldError, valuesOf } from "./cron-field.ts";
import type { DateRule } from "./dates.ts";

type DayTest = (month: Month, day: number) => boolean;

interface DayField {
  /** Begins with `*` or is `?`: then a day must satisfy both day fields (Vixie cron's DOM_STAR and DOW_STAR), else one of them is enough. */
  isStar: boolean;
  matches: DayTest;
}

/**
 * The dates of the fields day of month, month, day of week.
 * @throws CronFieldError
 */
export function cronDates(dayOfMonth: string, month: string, dayOfWeek: string): DateRule {
  const months = new Set(valuesOf("month", month));
  const byDay = dayField(dayOfMonth, readDaysOfMonth);
  const byWeekday = dayField(dayOfWeek, readDaysOfWeek);
  const matches: DayTest =
    byDay.isStar || byWeekday.isStar
      ? (month, day) => byDay.matches(month, day) && byWeekday.matches(month, day)
      : (month, day) => byDay.matches(month, day) || byWeekday.matches(month, day);
  return { offsetDays: 0, daysIn: (month) => (months.has(month.month) ? daysWhere(month, (day) => matches(month, day)) : []) };
}

function dayField(text: string, read: (item: string) => DayTest): DayField {
  if (text === "?") return { isStar: true, matches: () => true };
  const tests = text.split(",").map(read);
  return { isStar: text.startsWith("*"), matches: (month, day) => tests.some((test) => test(month, day)) };
}

/** What cron-parser has no word for: `L`, `L-3`, `15W`, `LW`, `L-3W`; the rest is its own. */
function readDaysOfMonth(item: string): DayTest {
  const [, last, before, day, nearest] = /^(?:(L)(?:-(\d{1,2}))?|(\d{1,2}))(W)?$/i.exec(item) ?? [];
  if (last === undefined && nearest === undefined) {
    if (/[LW]/i.test(item))
      throw new CronFieldError(`the day of month field holds "${item}"; L and W are written L, L-3, 15W, LW or L-3W, each alone in its place of a list`);
    const days = new Set(valuesOf("dayOfMonth", item));
    return (_, day) => days.has(day);
  }
  const fixed = Number(last === undefined ? day : (before ?? 0));
  if (last === undefined ? fixed < 1 || fixed > 31 : fixed > 30) throw new CronFieldError(`the day of month field holds "${item}"; no month has that day`);
  const wanted = ({ length }: Month) => (last === undefined ? fixed : length - fixed);
  if (nearest === undefined) return (month, day) => day === wanted(month);
  return (month, day) => day === nearestWorkday(month, wanted(month));
}

/** The day from Monday to Friday that is nearest to `day` without leaving the month; undefined when the month lacks the day. */
function nearestWorkday(month: Month, day: number): number | undefined {
  if (day < 1 || day > month.length) return undefined;
  const weekday = weekdayIn(month, day);
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === month.length ? day - 2 : day + 1;
  return day;
}

/** `5#3` (the third Friday), `5L` (the last one), `FRI#3`, `FRIL`; the rest is cron-parser's. */
function readDaysOfWeek(item: string): DayTest {
  if (/^L$/i.test(item))
    throw new CronFieldError('the day of week field holds "L", which cron dialects read differently; write 6 for Saturday, or 5L for the last Friday');
  const [, weekday, last, nth] = /^(\d|[A-Z]{3})(?:(L)|#(\d+))$/i.exec(item) ?? [];
  if (weekday === undefined) {
    if (/#/.test(item)) throw new CronFieldError(`the day of week field holds "${item}"; # is written 5#3 for the third Friday`);
    const weekdays = new Set(valuesOf("dayOfWeek", item));
    return (month, day) => weekdays.has(weekdayIn(month, day));
  }
  const [wanted] = valuesOf("dayOfWeek", weekday);
  const which = last === undefined ? Number(nth) : "last";
  if (which !== "last" && (which < 1 || which > 5))
    throw new CronFieldError(`the day of week field holds "${item}"; a month has a first to a fifth ${weekday}`);
  return (month, day) => weekdayIn(month, day) === wanted && isNthOfWeekday(month, day, which);
}
