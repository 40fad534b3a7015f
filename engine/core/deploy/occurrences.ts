import { parseDuration } from "../duration.ts";
import type { DstNote, Occurrence } from "../schedule/instants.ts";
import { preview } from "../schedule/occurrences.ts";
import { scheduleOf } from "../schedule-timer.ts";
import { MACHINES_OWN_ZONE, type OpenWindow, openWindow, REBOOT_RESERVE_MS, type WindowTimes } from "./window.ts";

/** When a window opens for the machines of one zone. */
export interface ZoneOpening {
  timeZone: string;
  window: OpenWindow;
  dst: DstNote;
}

/** One time that a window opens: with a zone of its own at one moment, with that of its machines at one wall time, and so at many moments. */
export interface WindowOccurrence {
  /** `2026-03-29T03:30:00+02:00[Europe/Berlin]`, or `2026-03-29T02:30:00 machine`: the same for whoever looks, and no other one's. */
  key: string;
  /** Where it stands in the window's own line of time, Unix milliseconds: the moment, or the wall time as if it were UTC. */
  at: number;
  /** Wall time that the rule names. */
  planned: string;
  /** Of the zone in which it opens first. */
  opensAt: number;
  /** Of the zone in which it closes last. */
  closesAt: number;
  zones: readonly ZoneOpening[];
  /** Zones whose clocks leave it out. */
  without: readonly string[];
}

const HOUR_MS = 3_600_000;
/** Zones lie between UTC-12 and UTC+14; and an hour for clocks that were set ahead. */
const FARTHEST_MS = 15 * HOUR_MS;
const SEARCHED_MS = 26 * HOUR_MS;

/** A moment of the window's own line of time before which everything has opened, wherever, at this moment. @param at Unix milliseconds */
export const cursorBefore = ({ timeZone }: Pick<WindowTimes, "timeZone">, at: number): number => (timeZone === MACHINES_OWN_ZONE ? at - FARTHEST_MS : at);

/** Where the occurrence of this key stands in its window's line of time; undefined: no occurrence is named so. */
export function momentOfKey(key: string): number | undefined {
  const [wall, zone] = key.split(" ");
  try {
    const moment = zone === MACHINES_OWN_ZONE ? Temporal.PlainDateTime.from(wall ?? "").toZonedDateTime("UTC") : Temporal.ZonedDateTime.from(key);
    return moment.epochMilliseconds;
  } catch {
    return undefined; // what Temporal can't read is no time
  }
}

/**
 * Occurrences of a window in their order, as they are asked for.
 * @param after a moment of the window's own line of time (`at`)
 * @param zones of its machines, for a window of `timeZone: machine`
 * @throws SCHEDULE_INVALID, DURATION_INVALID
 */
export function* windowOccurrences(times: WindowTimes, { after, zones }: { after: number; zones: readonly string[] }): Generator<WindowOccurrence> {
  const duration = parseDuration(times.duration);
  const reserve = times.rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(times.rebootReserve);
  const isOwn = times.timeZone === MACHINES_OWN_ZONE;
  const schedule = scheduleOf({ ...times, timeZone: isOwn ? "UTC" : times.timeZone });
  const open = ({ at, dst }: Occurrence): ZoneOpening => ({ timeZone: at.timeZoneId, window: openWindow(at.epochMilliseconds, duration, reserve), dst });
  for (const occurrence of preview(schedule, { from: Temporal.Instant.fromEpochMilliseconds(after) })) {
    const { at, planned } = occurrence;
    const moment = { at: at.epochMilliseconds, planned: planned.toString() };
    if (!isOwn) {
      const opening = open(occurrence);
      yield { ...moment, key: at.toString(), opensAt: opening.window.opensAt, closesAt: opening.window.closesAt, zones: [opening], without: [] };
      continue;
    }
    const found = zones.map((timeZone) => [timeZone, inZone(times, timeZone, planned)] as const);
    const openings = found.flatMap(([, one]) => (one ? [open(one)] : []));
    const opensAt = Math.min(...openings.map(({ window }) => window.opensAt));
    yield {
      ...moment,
      key: `${planned.toString()} ${MACHINES_OWN_ZONE}`,
      opensAt: openings.length > 0 ? opensAt : moment.at,
      closesAt: openings.length > 0 ? Math.max(...openings.map(({ window }) => window.closesAt)) : moment.at + duration,
      zones: openings,
      without: found.flatMap(([timeZone, one]) => (one ? [] : [timeZone])),
    };
  }
}

/** The occurrence of this wall time in a zone: of two the first; undefined when its clocks leave it out (`dst.gap: skip`). */
function inZone(times: WindowTimes, timeZone: string, planned: Temporal.PlainDateTime): Occurrence | undefined {
  const begin = planned.toZonedDateTime(timeZone, { disambiguation: "earlier" }).toInstant();
  const end = begin.epochMilliseconds + SEARCHED_MS;
  for (const one of preview(scheduleOf({ ...times, timeZone }), { from: begin.subtract({ nanoseconds: 1 }) })) {
    if (one.planned.equals(planned)) return one;
    if (one.at.epochMilliseconds > end) return undefined;
  }
  return undefined;
}
