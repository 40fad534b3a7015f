import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isRunwrightError } from "../core/errors.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** Nothing can be read or written now. It will pass, and nothing is wrong with what was asked. */
export const isAway = (error: unknown): boolean => isRunwrightError(error, "DATABASE_UNAVAILABLE");

/** Nothing can be written now: the database is away, or its disk is full. */
export const isOutage = (error: unknown): boolean => isAway(error) || isRunwrightError(error, "DISK_FULL");

/**
 * A pause that doubles with each failure, up to two seconds. Its second half is left to chance, so that a database that is back isn't asked by everyone at once.
 * @param failures tries that failed in a row, from 1 @throws when the signal fires
 */
export async function pauseAfter(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10));
  await delay(longest / 2 + randomInt(longest / 2 + 1), undefined, { signal });
}

export interface Patience {
  /** Ends the patience: what the last try failed with is thrown. One try is always made. */
  signal: AbortSignal;
  /** What is worth another try; without it, every outage. */
  passes?(error: unknown): boolean;
  /** Told when the waiting begins, and when it is over. */
  onWait?(isWaiting: boolean): void;
}

/** Does `work` again and again until no outage is in its way. It must be harmless to do it twice: a commit whose answer was lost may have happened. */
export async function overOutages<T>(work: () => Promise<T>, { signal, passes = isOutage, onWait }: Patience): Promise<T> {
  let failures = 0;
  try {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!passes(error) || signal.aborted) throw error;
        if (++failures === 1) onWait?.(true);
        await pauseAfter(failures, signal).catch(() => {
          throw error; // nobody waits any more
        });
      }
    }
  } finally {
    if (failures > 0) onWait?.(false);
  }
}
