import type { Clock } from "../core/clock.ts";

/** What is on disk of the time in which batches may start. */
export interface TimeOnDisk {
  /** Milliseconds left when it was written; null: no limit. */
  leftMs: number | null;
  /** When it was written, Unix milliseconds by the machine's clock. */
  at: number;
}

export interface TimeLeft {
  /** Milliseconds in which a batch may still start; not above zero: it is over. */
  leftMs(): number;
  onDisk(): TimeOnDisk;
}

/**
 * How long batches may still start, over restarts of agent and machine. Within a process both clocks are asked and the one that says less is believed: the
 * wall clock may be set back, the monotonic one stands still while the machine sleeps. Between two processes there is the wall clock alone: when it was set back
 * nobody knows how long the machine was away, and the time is over; when it was set forward it ends early. Nothing is ever begun after the window.
 */
export function timeLeft(clock: Clock, { leftMs, at }: TimeOnDisk): TimeLeft {
  const [wall, monotonic] = [clock.now(), clock.monotonic()];
  const away = wall - at;
  const atStart = leftMs === null ? Number.POSITIVE_INFINITY : away < 0 ? 0 : leftMs - away;
  const left = () => atStart - Math.max(clock.now() - wall, clock.monotonic() - monotonic);
  return {
    leftMs: left,
    onDisk: () => ({ leftMs: leftMs === null ? null : Math.max(0, left()), at: clock.now() }),
  };
}
