import type { Timers } from "./timers.ts";

export interface Beat {
  setVisible(isVisible: boolean): void;
  stop(): void;
}

/** Reads again what somebody looks at. */
export interface Pulse {
  /** @param of.evenUnseen asked at each beat: whether it is read though nobody sees it */
  add(of: { everyMs: number; beat(): Promise<unknown>; evenUnseen?: () => boolean }): Beat;
  /** Whether anybody looks at the window at all. */
  setFocused(isFocused: boolean): void;
  /** Something has happened that makes what is seen old. */
  beatNow(): void;
  stop(): void;
}

/** Nobody looks at a window in the background; it is still kept from being stale for long. */
const UNFOCUSED_FACTOR = 10;
/** What is shown elsewhere, such as a badge, while its view isn't. */
const UNSEEN_FACTOR = 3;

/** One round after another: a slow engine is never asked twice at once for the same. */
export function createPulse(timers: Timers): Pulse {
  const stops = new Set<() => void>();
  const plans = new Set<(ms?: number) => void>();
  let isFocused = true;
  return {
    add({ everyMs, beat, evenUnseen }) {
      let cancel = () => {};
      let isVisible = false;
      let isOver = false;
      let isBeating = false;
      const plan = (ms?: number) => {
        cancel();
        if (isOver || isBeating || !(isVisible || evenUnseen)) return;
        const factor = (isFocused ? 1 : UNFOCUSED_FACTOR) * (isVisible ? 1 : UNSEEN_FACTOR);
        cancel = timers.after(ms ?? everyMs * factor, run);
      };
      const run = () => {
        if (!isVisible && !evenUnseen?.()) return plan();
        isBeating = true;
        void beat()
          // What went wrong is shown by whoever was read.
          .catch(() => {})
          .finally(() => {
            isBeating = false;
            plan();
          });
      };
      const stop = () => {
        isOver = true;
        cancel();
        stops.delete(stop);
        plans.delete(plan);
      };
      stops.add(stop);
      plans.add(plan);
      plan(everyMs);
      return {
        setVisible(next) {
          isVisible = next;
          plan();
        },
        stop,
      };
    },
    setFocused(next) {
      if (isFocused === next) return;
      isFocused = next;
      for (const plan of plans) plan();
    },
    beatNow() {
      for (const plan of plans) plan(0);
    },
    stop() {
      for (const stop of [...stops]) stop();
    },
  };
}
