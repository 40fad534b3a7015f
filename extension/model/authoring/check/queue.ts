/** Runs one piece of work at a time. Work for a key that is asked for again takes the place of what waits for it, and ends what runs for it. */
export interface Queue {
  add(key: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** Nobody wants it any more. */
  drop(key: string): void;
  stop(): void;
}

export function createQueue(): Queue {
  const waiting = new Map<string, (signal: AbortSignal) => Promise<void>>();
  let running: { key: string; controller: AbortController } | undefined;
  let isStopped = false;

  async function next(): Promise<void> {
    const [first] = waiting;
    if (running || isStopped || !first) return;
    const [key, work] = first;
    waiting.delete(key);
    const controller = new AbortController();
    running = { key, controller };
    // What work has to say it has said; what it throws when it is ended early is of no use to anybody.
    await work(controller.signal).catch(() => {});
    running = undefined;
    await next();
  }

  const endRunning = (key: string) => running?.key === key && running.controller.abort();
  return {
    add(key, work) {
      waiting.delete(key);
      waiting.set(key, work);
      endRunning(key);
      void next();
    },
    drop(key) {
      waiting.delete(key);
      endRunning(key);
    },
    stop() {
      isStopped = true;
      waiting.clear();
      running?.controller.abort();
    },
  };
}
