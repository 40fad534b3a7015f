/** Rings for whoever waits in this process, after a commit. A hint: whoever is elsewhere, or came too late, finds the same in the store. */
export function createBell() {
  const waiting = new Map<string, Set<() => void>>();

  return {
    ring(topic: string): void {
      for (const wake of waiting.get(topic) ?? []) wake();
    },
    /** Resolves at the next ring, after `ms` at the latest. @throws when the signal fires */
    next(topic: string, ms: number, signal: AbortSignal): Promise<void> {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const set = waiting.get(topic) ?? new Set();
        waiting.set(topic, set);
        const over = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", aborted);
          set.delete(wake);
          if (set.size === 0 && waiting.get(topic) === set) waiting.delete(topic);
        };
        const wake = () => {
          over();
          resolve();
        };
        const aborted = () => {
          over();
          reject(signal.reason);
        };
        const timer = setTimeout(wake, ms);
        set.add(wake);
        signal.addEventListener("abort", aborted, { once: true });
      });
    },
  };
}
export type Bell = ReturnType<typeof createBell>;
