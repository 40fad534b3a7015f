import { parseDuration } from "./duration.ts";
import type { Freezing, NamedFreeze } from "./freeze.ts";
import { freezingAt } from "./freeze.ts";
import { type Due, MOST_MADE_UP } from "./misfire.ts";
import { occurrences } from "./schedule/occurrences.ts";
import type { Schedule } from "./schedule/schedule.ts";
import type { Scope } from "./scope.ts";
import { DEFAULT_MISFIRE, type MisfirePolicy } from "./trigger.ts";

/** What of a schedule's document says when it runs. */
export interface Timetable {
  cron?: string | undefined;
  recurrence?: unknown;
  timeZone: string;
  startAt?: string | undefined;
  expiresAt?: string | undefined;
  dst?: unknown;
  jitter?: string | undefined;
}

/** For the evaluator, which checks it. */
export function scheduleOf({ cron, recurrence, timeZone, startAt, expiresAt, dst }: Timetable): Schedule {
  const given = { cron, recurrence, timeZone, startAt, expiresAt, dst };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as Schedule;
}

/** The first occurrence after a moment, and when it starts; undefined: there is none any more. */
export function timerAfter(id: string, timetable: Timetable, decidedTo: number): { decidedTo: number; nextAt: number } | undefined {
  const [next] = occurrences(scheduleOf(timetable), { from: Temporal.Instant.fromEpochMilliseconds(decidedTo), limit: 1 });
  if (!next) return undefined;
  return { decidedTo, nextAt: startOf(id, timetable, next.epochMilliseconds) };
}

/**
 * Occurrences after `decidedTo` that are to start by now, ascending; how many more of them are `ahead` that aren't frozen, counted up to MOST_MADE_UP; and when the next one
 * after them starts. They keep their order whatever the jitter: one that isn't to start yet holds back those behind it.
 */
export function dueOf(
  { id, scope, timetable, decidedTo }: { id: string; scope: Scope; timetable: Timetable; decidedTo: number },
  freezes: readonly NamedFreeze[],
  { now, limit }: { now: number; limit: number },
): { due: Due[]; ahead: number; frozenNow: Freezing | undefined; next: { decidedTo: number; nextAt: number } | undefined } {
  const due: Due[] = [];
  const frozenNow = freezingAt(freezes, "schedules", scope, now);
  let next: { decidedTo: number; nextAt: number } | undefined;
  let ahead = 0;
  let looked = 0;
  for (const occurrence of occurrences(scheduleOf(timetable), { from: Temporal.Instant.fromEpochMilliseconds(decidedTo) })) {
    const at = occurrence.epochMilliseconds;
    const startAt = startOf(id, timetable, at);
    if (startAt > now || due.length >= limit) next ??= { decidedTo: due.at(-1)?.at ?? decidedTo, nextAt: startAt };
    if (startAt > now || ahead >= MOST_MADE_UP || looked >= limit) break;
    const frozen = freezingAt(freezes, "schedules", scope, at)?.reason ?? null;
    if (next === undefined) due.push({ at, startAt, frozen });
    else {
      looked += 1;
      if (frozen === null) ahead += 1;
    }
  }
  return { due, ahead, frozenNow, next };
}

/** Later by a part of the jitter: another one for each occurrence, the same for whoever asks. */
const startOf = (id: string, { jitter }: Timetable, at: number): number =>
  jitter === undefined ? at : at + Math.floor(spread(`${id} ${at}`) * parseDuration(jitter));

/** From 0 to below 1, by FNV-1a (32 bits) with a final mix: close moments must lie far apart. */
function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}

export function misfireOf(given: { policy?: string; grace?: string; max?: number } | undefined): MisfirePolicy {
  return {
    policy: (given?.policy ?? DEFAULT_MISFIRE.policy) as MisfirePolicy["policy"],
    graceMs: given?.grace === undefined ? DEFAULT_MISFIRE.graceMs : parseDuration(given.grace),
    max: given?.max ?? DEFAULT_MISFIRE.max,
  };
}
