import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";

/** Rows that go in one transaction: others write in between. */
const AT_ONCE = 1_000;

/** Forgets assessments and installs that are older than the time for which they are kept, in parts. The newest assessment of a machine stays, however old it is. */
export function createHistory({ store, clock, keepMs }: { store: Store; clock: Clock; keepMs: number }) {
  return {
    /** @param signal ends it between two parts; what is left is for the next time */
    async purge(signal?: AbortSignal): Promise<{ assessments: number; installs: number }> {
      const before = clock.now() - keepMs;
      const all = async (some: () => Promise<number>): Promise<number> => {
        let sum = 0;
        for (let gone = AT_ONCE; gone === AT_ONCE && !signal?.aborted; sum += gone) gone = await some();
        return sum;
      };
      return {
        assessments: await all(() => store.write((tx) => tx.updates.purgeAssessments(before, AT_ONCE))),
        installs: await all(() => store.write((tx) => tx.installs.purge(before, AT_ONCE))),
      };
    },
  };
}
