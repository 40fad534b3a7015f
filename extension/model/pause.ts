import type { Timers } from "./timers.ts";

/** @throws the signal's reason */
export const pause = (ms: number, timers: Pick<Timers, "after">, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = timers.after(ms, () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    const end = () => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener("abort", end, { once: true });
  });
