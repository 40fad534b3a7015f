import { freezingAt, type NamedFreeze } from "./freeze.ts";
import type { DstNote } from "./schedule/instants.ts";
import { preview } from "./schedule/occurrences.ts";
import { type Timeline, timelineOf } from "./schedule/timeline.ts";
import { scheduleOf, type Timetable } from "./schedule-timer.ts";
import type { Scope } from "./scope.ts";

/** A coming occurrence, and what to know about it. */
export interface PreviewItem {
  /** With zone, such as `2026-03-29T03:30:00+02:00[Europe/Berlin]`. */
  at: string;
  /** Wall time that the rule names; differs from that of `at` if clocks left it out. */
  planned: string;
  /** `leftOut`: the clocks left its time out, and the schedule then doesn't run (dst.gap skip). */
  dst: DstNote | "leftOut";
  /** The freeze that will hold it back; null: none so far. */
  frozen: string | null;
  /** Other schedules that start one of its runbooks in the same minute. */
  clashes: string[];
}

/** Another schedule that starts one of the same runbooks. */
export interface Neighbour {
  name: string;
  timetable: Timetable;
}

/** Each neighbour is asked for each occurrence: of more than this nobody reads the names. */
export const MOST_NEIGHBOURS = 50;
const MINUTE_MS = 60_000;

/** The coming occurrences of a schedule, with what clock changes, freezes and other schedules do to them. */
export function previewOf(
  { scope, timetable }: { scope: Scope; timetable: Timetable },
  { from, count }: { from: number; count: number },
  { freezes, neighbours }: { freezes: readonly NamedFreeze[]; neighbours: readonly Neighbour[] },
): PreviewItem[] {
  const range = { from: Temporal.Instant.fromEpochMilliseconds(from), limit: count };
  const schedule = scheduleOf(timetable);
  const runs = [...preview(schedule, range)];
  // What `skip` leaves out is what `shift` would move and `skip` doesn't have.
  const shifted = [...preview({ ...schedule, dst: { ...schedule.dst, gap: "shift" } }, range)].filter(({ dst }) => dst === "shifted");
  const known = new Set(runs.map(({ at }) => at.epochMilliseconds));
  const leftOut = shifted.filter(({ at }) => !known.has(at.epochMilliseconds));
  const items = [...runs, ...leftOut.map((one) => ({ ...one, dst: "leftOut" as const }))]
    .sort((a, b) => Temporal.ZonedDateTime.compare(a.at, b.at))
    .slice(0, count);
  const others = neighbours.slice(0, MOST_NEIGHBOURS).map(({ name, timetable }) => ({ name, timeline: timelineOf(scheduleOf(timetable)) }));
  return items.map(({ at, planned, dst }) => ({
    at: at.toString(),
    planned: planned.toString(),
    dst,
    frozen: freezingAt(freezes, "schedules", scope, at.epochMilliseconds)?.reason ?? null,
    clashes: dst === "leftOut" ? [] : clashesAt(at.epochMilliseconds, others),
  }));
}

function clashesAt(at: number, others: readonly { name: string; timeline: Timeline }[]): string[] {
  const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  // Within the minute, or none: its last moment is asked about.
  const runsThen = (timeline: Timeline) => (timeline.around(minute + MINUTE_MS - 1, MINUTE_MS).last ?? Number.NEGATIVE_INFINITY) >= minute;
  return others
    .filter(({ timeline }) => runsThen(timeline))
    .map(({ name }) => name)
    .sort();
}
