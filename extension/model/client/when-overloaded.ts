import { isRunwrightError } from "../../../engine/core/errors.ts";
import { pause } from "../pause.ts";
import type { Timers } from "../timers.ts";

/** An engine with much to do is asked again, each time later. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];

export interface Patience {
  timers: Pick<Timers, "after">;
  /** From 0 to 1, so that those who were told to come back don't come at once. */
  chance(): number;
}

/** Asks again while the engine says OVERLOADED. @throws what `ask` throws, OVERLOADED in the end, too; the signal's reason */
export async function patiently<Answer>(ask: () => Promise<Answer>, { timers, chance }: Patience, signal: AbortSignal): Promise<Answer> {
  for (const wait of PAUSES_MS) {
    try {
      return await ask();
    } catch (error) {
      if (!isRunwrightError(error, "OVERLOADED")) throw error;
    }
    await pause(wait * (0.5 + chance()), timers, signal);
  }
  return await ask();
}
