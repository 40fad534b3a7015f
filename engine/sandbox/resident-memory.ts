import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 250;
/** More than the runner allows itself: it looks more often and knows who is to blame. This is for a runner that can't look any more. */
const HEADROOM_BYTES = 768 * 1024 * 1024;

/** Resident memory of a process in bytes; `null` where there is no /proc, or the process is gone. */
export function residentBytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

export interface ResidentWatch {
  stop(): void;
}

/**
 * Watches a runner from outside.
 * @param allowedMb what the limits of its attempts allow together
 */
export function watchResident(pid: () => number, allowedMb: () => number, onExceeded: (bytes: number) => void): ResidentWatch {
  const timer = setInterval(() => {
    const bytes = residentBytes(pid());
    if (bytes !== null && bytes > allowedMb() * 1024 * 1024 + HEADROOM_BYTES) onExceeded(bytes);
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
