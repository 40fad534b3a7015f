import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";

/** Rows that go in one transaction: others write in between. */
const AT_ONCE = 1_000;

/** Machines whose findings go in one transaction. */
const MACHINES_AT_ONCE = 50;

/**
 * Forgets assessments and installs that are older than the time for which they are kept, in parts. The newest assessment of a machine stays, however old it is, until the machine
 * itself was removed so long ago: then what it had and missed goes, too. Join tokens go that have expired so long ago.
 */
export function createHistory({ store, clock, keepMs }: { store: Store; clock: Clock; keepMs: number }) {
  return {
    /** @param signal ends it between two parts; what is left is for the next time */
    async purge(signal?: AbortSignal): Promise<{ assessments: number; installs: number; machines: number }> {
      const before = clock.now() - keepMs;
      const all = async (some: () => Promise<number>, atOnce = AT_ONCE): Promise<number> => {
        let sum = 0;
        for (let gone = atOnce; gone === atOnce && !signal?.aborted; sum += gone) gone = await some();
        return sum;
      };
      if (!signal?.aborted) await store.write((tx) => tx.machines.purgeJoinTokens(before));
      return {
        assessments: await all(() => store.write((tx) => tx.updates.purgeAssessments(before, AT_ONCE))),
        installs: await all(() => store.write((tx) => tx.installs.purge(before, AT_ONCE))),
        machines: await all(() => store.write((tx) => tx.updates.purgeOfRemoved(before, MACHINES_AT_ONCE)), MACHINES_AT_ONCE),
      };
    },
  };
}
