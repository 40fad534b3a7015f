import { parseDuration } from "./duration.ts";
import { readMomentIn } from "./schedule/moment.ts";
import { preview } from "./schedule/occurrences.ts";
import type { Recurrence } from "./schedule/recurrence.ts";
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
  if ("from" in period) {
    const [from, to] = [period.from, period.to].map((text) => readMomentIn(text, timeZone)?.epochMilliseconds);
    return from !== undefined && to !== undefined && from <= at && at < to ? to : undefined;
  }
  const duration = parseDuration(period.duration);
  const rule = period.cron === undefined ? { recurrence: period.recurrence } : { cron: period.cron };
  // Whatever began later than this still goes on; of periods that overlap the last one counts.
  let end: number | undefined;
  for (const { at: begin } of preview({ ...rule, timeZone }, { from: Temporal.Instant.fromEpochMilliseconds(at - duration) })) {
    if (begin.epochMilliseconds > at) break;
    end = begin.epochMilliseconds + duration;
  }
  return end;
}

const textOf = (at: number, timeZone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toString({ smallestUnit: "minute" });
