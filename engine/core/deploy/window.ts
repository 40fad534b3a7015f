import { parseDuration } from "../duration.ts";
import type { DstPolicy } from "../schedule/instants.ts";
import type { Recurrence } from "../schedule/recurrence.ts";
import { type Timeline, timelineOf } from "../schedule/timeline.ts";
import type { MaintenanceWindowSpec } from "./spec.ts";

/** Azure's update manager allows 1 h 30 to 3 h 55; see docs/windows.md. */
export const WINDOW_MS = { shortest: 30 * 60_000, longest: 24 * 3_600_000 } as const;
/** Kept free at a window's end for reboots (Azure Update Management's 20 minutes). */
export const REBOOT_RESERVE_MS = 20 * 60_000;

/** When changes may start. `timeZone: machine` is each machine's own zone: the window follows the sun. */
export type WindowTimes = {
  timeZone: string;
  startAt?: string | undefined;
  expiresAt?: string | undefined;
  dst?: Partial<DstPolicy> | undefined;
  duration: string;
  rebootReserve?: string | undefined;
} & ({ cron: string; recurrence?: undefined } | { recurrence: Recurrence; cron?: undefined });
export const MACHINES_OWN_ZONE = "machine";

/** What of a window's document says when it opens; that has been checked, so it has a rule. */
export const timesOf = ({ cron, recurrence, timeZone, startAt, expiresAt, dst, duration, rebootReserve }: MaintenanceWindowSpec): WindowTimes => ({
  ...{ timeZone, startAt, expiresAt, dst, duration, rebootReserve },
  ...(recurrence === undefined ? { cron: cron ?? "" } : { recurrence }),
});

/** One occurrence, Unix milliseconds. */
export interface OpenWindow {
  opensAt: number;
  closesAt: number;
  /** Nothing that may need a reboot ends later than this. */
  reserveFrom: number;
}

export interface Opening {
  /** The occurrence in which the moment lies; null: the window is closed. */
  open: OpenWindow | null;
  /** When it opens next; null: never again. */
  nextAt: number | null;
}

/** Asks one window about many moments, in one zone. */
export interface WindowClock {
  at(moment: number): Opening;
}

/**
 * @param zone of the machine, for windows of `timeZone: machine`
 * @throws SCHEDULE_INVALID, DURATION_INVALID
 */
export function windowClock(times: WindowTimes, zone: string = times.timeZone): WindowClock {
  const { cron, recurrence, startAt, expiresAt, dst } = times;
  const rule = cron === undefined ? { recurrence } : { cron };
  const frame = { ...(startAt === undefined ? {} : { startAt }), ...(expiresAt === undefined ? {} : { expiresAt }), ...(dst === undefined ? {} : { dst }) };
  const timeline: Timeline = timelineOf({ ...rule, ...frame, timeZone: times.timeZone === MACHINES_OWN_ZONE ? zone : times.timeZone });
  const duration = parseDuration(times.duration);
  const reserve = times.rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(times.rebootReserve);
  return {
    at(moment) {
      // Occurrences that overlap are one long window: the last one to open closes last.
      const { last, next } = timeline.around(moment, duration);
      const isOpen = last !== null && moment < last + duration;
      return { open: isOpen ? openWindow(last, duration, reserve) : null, nextAt: next };
    },
  };
}

/** A window that somebody opens now, for a while. */
export const openWindow = (opensAt: number, durationMs: number, reserveMs = REBOOT_RESERVE_MS): OpenWindow => {
  const closesAt = opensAt + durationMs;
  return { opensAt, closesAt, reserveFrom: Math.max(opensAt, closesAt - reserveMs) };
};

/** What is started ends in time by what is expected of it; what can't need a reboot may use the reserve too. */
export const fitsWindow = ({ closesAt, reserveFrom }: OpenWindow, now: number, expectedMs: number, mayReboot: boolean): boolean =>
  now + expectedMs <= (mayReboot ? reserveFrom : closesAt);
