import type { PreparedIsolate } from "./isolates.ts";

/** Isolates that wait for the next job of their runbook: as many as jobs run beside each other. What they hold is counted by no limit of a running job, so it is bounded, of each and together. */
const MOST_WAITING = 16;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
const MOST_WAITING_BYTES_TOGETHER = 64 * 1024 * 1024;
/** What V8 keeps for an isolate grows with each context that was there; a fresh one costs 2 ms. */
const MOST_JOBS = 500;

/**
 * Isolates that jobs of one runbook version use one after the other, each in a context of its own, when the runbook has opted in. Never two at once: so memory and CPU time are still those of one job. Only an isolate
 * whose job has completed, with nothing left to run, is used again.
 * @param isTight whether the process uses so much memory that nothing may be kept. What V8 doesn't count, such as what segments of a text hold, stays in an isolate until V8 collects, and V8 sees no reason to.
 */
export function createSharedIsolates(prepare: (memoryMb: number) => PreparedIsolate, isTight: () => boolean) {
  /** Oldest first. */
  let waiting: { key: string; isolate: PreparedIsolate; jobs: number; heapBytes: number }[] = [];
  const jobsOf = new WeakMap<PreparedIsolate, number>();

  return {
    /** @param key names the bundle */
    take(key: string, memoryMb: number): PreparedIsolate {
      const index = waiting.findLastIndex((one) => one.key === key && one.isolate.memoryMb === memoryMb);
      const [found] = index === -1 ? [] : waiting.splice(index, 1);
      if (found === undefined || found.isolate.isGone()) return prepare(memoryMb);
      jobsOf.set(found.isolate, found.jobs);
      return found.isolate;
    },
    async giveBack(key: string, isolate: PreparedIsolate, heapBytes: number): Promise<void> {
      const jobs = (jobsOf.get(isolate) ?? 0) + 1;
      if (isolate.isGone() || jobs >= MOST_JOBS || heapBytes > MOST_WAITING_BYTES || isTight()) return isolate.dispose();
      let renewed: PreparedIsolate;
      try {
        renewed = await isolate.renew();
      } catch {
        return isolate.dispose(); // it has no room for another context
      }
      waiting.push({ key, isolate: renewed, jobs, heapBytes });
      const together = () => waiting.reduce((sum, one) => sum + one.heapBytes, 0);
      while (waiting.length > MOST_WAITING || together() > MOST_WAITING_BYTES_TOGETHER) waiting.shift()?.isolate.dispose();
    },
    /** Gives up all that wait. @returns whether there were any */
    drop(): boolean {
      const dropped = waiting;
      waiting = [];
      for (const { isolate } of dropped) isolate.dispose();
      return dropped.length > 0;
    },
    /** The bundle isn't wanted here any more. */
    forget(key: string): void {
      for (const one of waiting) if (one.key === key) one.isolate.dispose();
      waiting = waiting.filter((one) => one.key !== key);
    },
  };
}
