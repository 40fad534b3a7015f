import type { PreparedIsolate } from "./isolates.ts";

/** Isolates that wait for the next job of their runbook. Each holds some megabytes that no limit of a running job counts. */
const MOST_WAITING = 4;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
/** What V8 keeps for an isolate grows with each context that was there; a fresh one costs 2 ms. */
const MOST_JOBS = 500;

/**
 * Isolates that jobs of one runbook version use one after the other, each in a context of its own, when the runbook has opted in. Never two at once: so memory and CPU time are still those of one job. Only an isolate
 * whose job has completed, with nothing left to run, is used again.
 */
export function createSharedIsolates(prepare: (memoryMb: number) => Promise<PreparedIsolate>) {
  /** Oldest first. */
  let waiting: { key: string; isolate: PreparedIsolate; jobs: number }[] = [];
  const jobsOf = new WeakMap<PreparedIsolate, number>();

  return {
    /** @param key names the bundle */
    async take(key: string, memoryMb: number): Promise<PreparedIsolate> {
      const index = waiting.findLastIndex((one) => one.key === key && one.isolate.memoryMb === memoryMb);
      const [found] = index === -1 ? [] : waiting.splice(index, 1);
      if (found === undefined || found.isolate.isGone()) return prepare(memoryMb);
      jobsOf.set(found.isolate, found.jobs);
      return found.isolate;
    },
    async giveBack(key: string, isolate: PreparedIsolate, heapBytes: number): Promise<void> {
      const jobs = (jobsOf.get(isolate) ?? 0) + 1;
      if (isolate.isGone() || jobs >= MOST_JOBS || heapBytes > MOST_WAITING_BYTES) return isolate.dispose();
      let renewed: PreparedIsolate;
      try {
        renewed = await isolate.renew();
      } catch {
        return isolate.dispose(); // it has no room for another context
      }
      waiting.push({ key, isolate: renewed, jobs });
      for (const one of waiting.splice(0, Math.max(0, waiting.length - MOST_WAITING))) one.isolate.dispose();
    },
    /** The bundle isn't wanted here any more. */
    forget(key: string): void {
      for (const one of waiting) if (one.key === key) one.isolate.dispose();
      waiting = waiting.filter((one) => one.key !== key);
    },
  };
}
