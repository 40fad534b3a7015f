import type { Clock } from "../core/clock.ts";
import { ROOT_SCOPE } from "../core/scope.ts";
import { PURGE } from "../store/records/activity.ts";
import type { Store } from "../store/store.ts";
import { activityEntry, engineCaller } from "./activity.ts";

const ENTRIES_AT_ONCE = 1_000;

/**
 * Forgets the oldest entries of the activity log. The chain begins anew after them, with the hash that the last of them had; that hash stands in an entry of its own, which is part of the chain, so that nobody can
 * take entries away and call it age.
 */
export function createActivityRetention({ store, clock, keepMs }: { store: Pick<Store, "write">; clock: Clock; keepMs: number }) {
  return {
    /** @param signal ends it between two parts; what is left is for the next time */
    async purge(signal: AbortSignal): Promise<void> {
      const caller = engineCaller(`retention-${clock.now()}`);
      const part = () =>
        store.write(async (tx) => {
          const gone = await tx.activity.forget(clock.now() - keepMs, ENTRIES_AT_ONCE);
          // In the same transaction: whoever finds the chain shortened finds this.
          if (gone)
            tx.activity.append(
              activityEntry(clock, caller, {
                operation: PURGE,
                target: `activity:1-${gone.upTo}`,
                scope: ROOT_SCOPE,
                details: { upTo: gone.upTo, hash: gone.hash },
              }),
            );
          return gone?.entries ?? 0;
        });
      while (!signal.aborted && (await part()) === ENTRIES_AT_ONCE);
    },
  };
}
