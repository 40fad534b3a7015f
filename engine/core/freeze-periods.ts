import { parseDuration } from "./duration.ts";
import { HELD_BY_DEFAULT, type Held, type NamedFreeze, type Period } from "./freeze.ts";
import { merged } from "./merged.ts";
import { readMomentIn } from "./schedule/moment.ts";
import { occurrences } from "./schedule/occurrences.ts";
import type { Scope } from "./scope.ts";

/** One time that a freeze lasts. */
export interface FreezePeriod {
  name: string;
  scope: Scope;
  reason: string;
  holds: readonly Held[];
  /** Unix milliseconds. */
  from: number;
  to: number;
}

/** Periods of a freeze that lie in a range, or reach into it, by their beginning, as they are asked for. */
export function freezePeriods({ name, scope, spec }: NamedFreeze, range: { from: number; to: number }): Iterable<FreezePeriod> {
  const times = spec.periods.map((period) => timesOf(period, spec.timeZone, range));
  const whole = merged<Time>(times, ({ from }) => from);
  return {
    *[Symbol.iterator]() {
      for (const { reason = spec.reason, ...time } of whole) yield { name, scope, reason, holds: spec.holds ?? HELD_BY_DEFAULT, ...time };
    },
  };
}

interface Time {
  from: number;
  to: number;
  reason?: string | undefined;
}

function* timesOf(period: Period, timeZone: string, range: { from: number; to: number }): Generator<Time> {
  const { reason } = period;
  if ("from" in period) {
    const [from, to] = [period.from, period.to].map((text) => readMomentIn(text, timeZone)?.epochMilliseconds);
    if (from !== undefined && to !== undefined && from < range.to && to > range.from) yield { from, to, reason };
    return;
  }
  const duration = parseDuration(period.duration);
  const rule = period.cron === undefined ? { recurrence: period.recurrence } : { cron: period.cron };
  // Strictly after: what began exactly its duration ago is over.
  for (const at of occurrences({ ...rule, timeZone }, { from: Temporal.Instant.fromEpochMilliseconds(range.from - duration) })) {
    const from = at.epochMilliseconds;
    if (from >= range.to) return;
    yield { from, to: from + duration, reason };
  }
}
