import type { Timers } from "../../../extension/model/timers.ts";

/** Time that stands still until it is moved. */
export function handTimers(start = 0): Timers & { advance(ms: number): Promise<void>; waiting(): number } {
  let now = start;
  let planned: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(ms, run) {
      const one = { at: now + ms, run };
      planned.push(one);
      return () => {
        planned = planned.filter((other) => other !== one);
      };
    },
    waiting: () => planned.length,
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        const next = planned.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        planned = planned.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
        // What follows from it happens before the next one.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
  };
}
