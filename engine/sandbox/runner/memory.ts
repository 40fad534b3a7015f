import type { IsolatedAttempt } from "./attempt.ts";

/** What the process may use beyond its base and the limits of its attempts together. */
const HEADROOM_BYTES = 384 * 1024 * 1024;

export interface MemoryWatch {
  /** Takes what the process uses now as its base. */
  begin(): void;
  /**
   * isolated-vm doesn't count everything that guest code can make V8 allocate: parsing 20 million brackets takes 1 GB. So the process looks at its resident
   * memory; the engine looks too, from outside, in case this process can't.
   */
  isExceeded(attempts: Iterable<IsolatedAttempt>): boolean;
  /** Whether half of what it may use beyond the limits is in use: then nothing is kept for later. */
  isTight(attempts: Iterable<IsolatedAttempt>): boolean;
}

export function watchMemory(): MemoryWatch {
  let base = 0;
  function usesMoreThan(headroomBytes: number, attempts: Iterable<IsolatedAttempt>): boolean {
    let allowed = base + headroomBytes;
    for (const attempt of attempts) allowed += attempt.memoryMb * 1024 * 1024;
    return process.memoryUsage.rss() > allowed;
  }
  return {
    begin() {
      base = process.memoryUsage.rss();
    },
    isExceeded: (attempts) => usesMoreThan(HEADROOM_BYTES, attempts),
    isTight: (attempts) => usesMoreThan(HEADROOM_BYTES / 2, attempts),
  };
}
