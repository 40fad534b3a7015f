import { parseDuration } from "./duration.ts";
import { readMomentIn } from "./schedule/moment.ts";
import type { Recurrence } from "./schedule/recurrence.ts";
import { type Timeline, timelineOf } from "./schedule/timeline.ts";
import { type Scope, scopeIncludes } from "./scope.ts";

/** What a freeze holds back. */
export const HELD = ["schedules", "events", "deployments", "webhooks"] as const;
export type Held = (typeof HELD)[number];
export const HELD_BY_DEFAULT: readonly Held[] = ["schedules", "events", "deployments"];

/** A calendar of periods in which nothing may change. */
export interface FreezeSpec {
  description?: string;
  timeZone: string;
  /** Why; whoever is held back reads it. */
  reason: string;
  holds?: readonly Held[];
  periods: readonly Period[];
}

/** From one moment up to another, or again and again for a while. */
export type Period =
  | { from: string; to: string; reason?: string }
  | { cron: string; recurrence?: undefined; duration: string; reason?: string }
  | { recurrence: Recurrence; cron?: undefined; duration: string; reason?: string };

export interface NamedFreeze {
  name: string;
  scope: Scope;
  spec: FreezeSpec;
}

export interface Freezing {
  /** The freeze. */
  name: string;
  /** In words, such as `the freeze year-end holds it back until …: closing of the books`. */
  reason: string;
  /** Unix milliseconds. */
  until: number;
}

/** The freeze that holds this back at a moment, Unix milliseconds: of several the one that ends last. */
export function freezingAt(freezes: readonly NamedFreeze[], what: Held, scope: Scope, at: number): Freezing | undefined {
  let found: Freezing | undefined;
  for (const { name, scope: where, spec } of freezes) {
    if (!(spec.holds ?? HELD_BY_DEFAULT).includes(what) || !scopeIncludes(where, scope)) continue;
    for (const period of spec.periods) {
      const until = endOf(period, spec.timeZone, at);
      if (until === undefined || (found !== undefined && found.until >= until)) continue;
      found = { name, until, reason: `the freeze ${name} holds it back until ${textOf(until, spec.timeZone)}: ${period.reason ?? spec.reason}` };
    }
  }
  return found;
}

/** When a period ends in which this moment lies; undefined: it lies in none. */
function endOf(period: Period, timeZone: string, at: number): number | undefined {
  const read = readOnce(period, timeZone);
  if ("from" in read) return read.from <= at && at < read.to ? read.to : undefined;
  // Whatever began within its duration still goes on; of periods that overlap the last one counts.
  const { last } = read.timeline.around(at, read.duration);
  return last !== null && last + read.duration > at ? last + read.duration : undefined;
}

type ReadPeriod = { from: number; to: number } | { timeline: Timeline; duration: number };
const known = new WeakMap<Period, { timeZone: string; read: ReadPeriod }>();

/** A freeze of 200 periods is asked for each occurrence of each schedule. */
function readOnce(period: Period, timeZone: string): ReadPeriod {
  const found = known.get(period);
  if (found?.timeZone === timeZone) return found.read;
  const read = readPeriod(period, timeZone);
  known.set(period, { timeZone, read });
  return read;
}

function readPeriod(period: Period, timeZone: string): ReadPeriod {
  if ("from" in period) {
    const [from = Number.NaN, to = Number.NaN] = [period.from, period.to].map((text) => readMomentIn(text, timeZone)?.epochMilliseconds);
    return { from, to };
  }
  const rule = period.cron === undefined ? { recurrence: period.recurrence } : { cron: period.cron };
  return { timeline: timelineOf({ ...rule, timeZone }), duration: parseDuration(period.duration) };
}

const textOf = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toString({ smallestUnit: "minute" });
