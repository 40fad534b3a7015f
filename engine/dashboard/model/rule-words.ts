import { listOf, memberOf, textOf } from "../../core/loosely.ts";

/** When a schedule runs, in one line: its cron expression, or its recurrence in words. What a newer engine may have besides is told as JSON. */
export function ruleWords(spec: Readonly<Record<string, unknown>>): string {
  const cron = textOf(spec.cron);
  if (cron !== undefined) return cron;
  const { recurrence } = spec;
  const frequency = textOf(memberOf(recurrence, "frequency"));
  const every = memberOf(recurrence, "every");
  const times = listOf(memberOf(recurrence, "times")).map(String).join(", ");
  const at = times === "" ? "" : ` at ${times}`;
  const turn = (one: string, many: string) => (typeof every === "number" && every > 1 ? `every ${every} ${many}` : one);
  switch (frequency) {
    case "once":
      return `once, ${textOf(memberOf(recurrence, "at")) ?? ""}`;
    case "hourly":
      return turn("every hour", "hours");
    case "daily":
      return `${turn("every day", "days")}${at}`;
    case "weekly":
      return `${turn("every week", "weeks")} on ${listOf(memberOf(recurrence, "weekdays")).map(String).join(", ")}${at}`;
    case "monthly":
      return `${turn("every month", "months")} on ${monthDays(recurrence)}${at}`;
    default:
      return recurrence === undefined ? "no rule" : (JSON.stringify(recurrence) ?? "");
  }
}

function monthDays(recurrence: unknown): string {
  const days = listOf(memberOf(recurrence, "days")).map((day) => (day === "last" ? "the last day" : `day ${day}`));
  const weekdays = listOf(memberOf(recurrence, "weekdays")).map((one) => `${ordinal(memberOf(one, "nth"))} ${memberOf(one, "weekday")}`);
  const offset = memberOf(recurrence, "offsetDays");
  const moved =
    typeof offset === "number" && offset !== 0 ? `, ${Math.abs(offset)} ${Math.abs(offset) === 1 ? "day" : "days"} ${offset > 0 ? "later" : "earlier"}` : "";
  return `${[...days, ...weekdays].join(", ")}${moved}`;
}

const ORDINALS = ["", "the 1st", "the 2nd", "the 3rd", "the 4th", "the 5th"];
const ordinal = (nth: unknown): string => (typeof nth === "number" ? (ORDINALS[nth] ?? String(nth)) : "the last");
