import { CronExpressionParser } from "cron-parser";
import { notKnown } from "./problem.ts";

interface FieldRow {
  label: string;
  min: number;
  max: number;
  names: readonly string[];
}

/** The fields of an expression in their order. */
export const CRON_FIELDS = {
  second: { label: "second", min: 0, max: 59, names: [] },
  minute: { label: "minute", min: 0, max: 59, names: [] },
  hour: { label: "hour", min: 0, max: 23, names: [] },
  dayOfMonth: { label: "day of month", min: 1, max: 31, names: [] },
  month: { label: "month", min: 1, max: 12, names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] },
  dayOfWeek: { label: "day of week", min: 0, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
} as const satisfies Record<string, FieldRow>;

export type CronFieldName = keyof typeof CRON_FIELDS;

/** What can't be read; the message says what and is for whoever wrote the expression. */
export class CronFieldError extends Error {}

/**
 * Numbers that a list of values, names, ranges and steps stands for: ascending, each once; Sunday is 0.
 * Items are read one by one, because cron-parser refuses lists that overlap (`5-10,7`).
 * @throws CronFieldError
 */
export function valuesOf(field: CronFieldName, text: string): number[] {
  const values = text.split(",").flatMap((item) => valuesOfItem(field, item));
  return [...new Set(field === "dayOfWeek" ? values.map((value) => value % 7) : values)].sort((a, b) => a - b);
}

function valuesOfItem(field: CronFieldName, item: string): number[] {
  const { label, min, max, names }: FieldRow = CRON_FIELDS[field];
  // The two that fill most fields; cron-parser costs ten times as much.
  if (item === "*") return Array.from({ length: max - min + 1 }, (_, i) => min + i);
  if (/^\d{1,2}$/.test(item) && Number(item) >= min && Number(item) <= max) return [Number(item)];
  const fail = (reason: string): never => {
    throw new CronFieldError(`the ${label} field holds "${item}": ${reason}`);
  };
  if (item === "") fail("a list has a value on each side of a comma");
  for (const [word] of item.matchAll(/[A-Za-z]+/g)) {
    if (names.includes(word.toUpperCase())) continue;
    fail(names.length === 0 ? `"${word}" is no number from ${min} to ${max}` : notKnown(word.toUpperCase(), names));
  }
  if (!/^[\dA-Za-z*/-]+$/.test(item)) fail(item.includes("?") ? "? is for one of the two day fields, alone" : "there is a character that cron doesn't know");
  const step = /\/(\d+)$/.exec(item)?.[1];
  // Such a step fires once a turn of the field, not at that distance: `*/90` isn't every 90 minutes.
  if (step !== undefined && Number(step) > max - min) fail(`a step of ${step} is longer than the field, which goes from ${min} to ${max}`);
  // Sunday ends a week as well: `SAT-SUN`.
  const range = item.replace(/-SUN\b/i, "-7");
  const parts: Record<CronFieldName, string> = { second: "0", minute: "0", hour: "0", dayOfMonth: "*", month: "*", dayOfWeek: "*", [field]: range };
  try {
    const { fields } = CronExpressionParser.parse(Object.values(parts).join(" "), { currentDate: new Date(0), tz: "UTC" });
    return fields[field].values.map(Number);
  } catch (error) {
    if (/^\w+-\w+/.test(item) && /min\(\d+\) > max/.test(String(error)))
      fail(`a range goes from the smaller to the larger; one that passes the end is written as two, such as 22-23,0-2`);
    return fail(`expected are numbers from ${min} to ${max}${names.length > 0 ? ` or ${names[0]} to ${names.at(-1)}` : ""}, as in 1, 1-5, */2 or 1,3`);
  }
}
