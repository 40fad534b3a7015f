import { RunwrightError } from "../core/errors.ts";
import { readMomentIn } from "../core/schedule/moment.ts";

/** @returns Unix milliseconds @throws BAD_REQUEST */
export function readTime(name: string, text: string): number {
  const moment = readMomentIn(text, "UTC");
  if (moment) return moment.epochMilliseconds;
  throw new RunwrightError(
    "BAD_REQUEST",
    `${name} ${JSON.stringify(text.slice(0, 50))} must be an instant, such as 2026-03-01T12:00:00Z, or a date, such as 2026-03-01`,
  );
}

/** A range of time, each end of which may be left open. @throws BAD_REQUEST also when it ends before it begins */
export function readRange(query: { from?: string; to?: string }): { from?: number; to?: number } {
  const from = query.from === undefined ? undefined : readTime("from", query.from);
  const to = query.to === undefined ? undefined : readTime("to", query.to);
  if (from !== undefined && to !== undefined && from >= to) throw new RunwrightError("BAD_REQUEST", `to (${query.to}) must be later than from (${query.from})`);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
