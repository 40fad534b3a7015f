/** Time as it is handed in: tests advance it. */
export interface Timers {
  now(): number;
  /** @returns what cancels it */
  after(ms: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
