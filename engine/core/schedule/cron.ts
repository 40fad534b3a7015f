import { cronDates } from "./cron-days.ts";
import { CronFieldError, valuesOf } from "./cron-field.ts";
import { hasDates } from "./dates.ts";
import type { WallRule } from "./planned.ts";
import { notKnown, type Report } from "./problem.ts";

const MACROS: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};
const LONGEST_EXPRESSION = 500;

export interface CronRule extends WallRule {
  /** Minutes or hours are a wildcard or have a step: the rule is an interval, which keeps its pace when clocks change (as Vixie cron and Cronos do). */
  isInterval: boolean;
}

/** Reads an expression of five fields, six (seconds first) or a name such as `@daily`; reports what is wrong and then returns undefined. */
export function readCron(expression: string, path: string, report: Report): CronRule | undefined {
  const fields = fieldsOf(expression, (message) => report(path, message));
  if (fields === undefined) return undefined;
  const [second = "", minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = fields;
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CronFieldError)) throw error;
      report(path, error.message);
      return undefined;
    }
  };
  const seconds = attempt(() => valuesOf("second", second));
  const minutes = attempt(() => valuesOf("minute", minute));
  const hours = attempt(() => valuesOf("hour", hour));
  const dates = attempt(() => cronDates(dayOfMonth, month, dayOfWeek));
  if (seconds === undefined || minutes === undefined || hours === undefined || dates === undefined) return undefined;
  if (seconds.length > 1) {
    report(path, `"${second}" in the second field fires more than once a minute; one minute is the shortest distance: write one second, such as 0`);
    return undefined;
  }
  if (!hasDates(dates)) {
    report(path, `"${expression.trim()}" never fires: no month has such a day`);
    return undefined;
  }
  const [ofMinute = 0] = seconds;
  const times = hours.flatMap((hour) => minutes.map((minute) => (hour * 60 + minute) * 60 + ofMinute));
  return { dates, times, isInterval: /[*/]/.test(minute + hour) };
}

function fieldsOf(expression: string, report: (message: string) => void): string[] | undefined {
  const text = expression.trim();
  if (text.length > LONGEST_EXPRESSION) report(`a cron expression has at most ${LONGEST_EXPRESSION} characters`);
  else if (text.startsWith("@")) {
    const macro = Object.hasOwn(MACROS, text.toLowerCase()) ? MACROS[text.toLowerCase()] : undefined;
    if (macro !== undefined) return ["0", ...macro.split(" ")];
    report(notKnown(text, Object.keys(MACROS)));
  } else {
    const fields = text === "" ? [] : text.split(/\s+/);
    if (fields.length === 5) return ["0", ...fields];
    if (fields.length === 6) return fields;
    report(
      fields.length === 7
        ? "a cron expression has no field for years here; use startAt and expiresAt"
        : `a cron expression has five fields (minute, hour, day of month, month, day of week) or six with seconds first; this one has ${fields.length}`,
    );
  }
  return undefined;
}
