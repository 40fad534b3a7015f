import type { Clock } from "../core/clock.ts";

/** Longer timers overflow to one millisecond. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Counts wall time down while it runs; a pause costs nothing. */
export interface Stopwatch {
  run(): void;
  pause(): void;
}

export function createStopwatch(clock: Clock, budgetMs: number, onExpired: () => void): Stopwatch {
  let left = budgetMs;
  let since: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  function arm(): void {
    timer = setTimeout(
      () => {
        const used = clock.monotonic() - (since ?? 0);
        if (used >= left) onExpired();
        else arm();
      },
      Math.min(MAX_TIMER_MS, Math.max(1, left - (clock.monotonic() - (since ?? 0)))),
    );
  }

  return {
    run() {
      if (since !== null) return;
      since = clock.monotonic();
      arm();
    },
    pause() {
      if (since === null) return;
      clearTimeout(timer);
      left -= clock.monotonic() - since;
      since = null;
    },
  };
}
