/** Lets at most `count` run at once; the others wait in order. */
export interface Slots {
  /** @returns a function that gives the slot back; rejects with the signal's reason when it is aborted first */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];

  function give(): void {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (free > 0) {
          free--;
          return resolve(give);
        }
        const start = () => {
          signal.removeEventListener("abort", leave);
          resolve(give);
        };
        const leave = () => {
          waiting.splice(waiting.indexOf(start), 1);
          reject(signal.reason);
        };
        waiting.push(start);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
