import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";

/** Rows that one write removes: what runs meanwhile waits for one of these, not for all. */
const ROWS_AT_ONCE = 2_000;
const COMMANDS_AT_ONCE = 200;

/**
 * Forgets jobs that ended long ago: with their streams, their journal, their approvals and what tells their changes of machines apart, and commands that machines were sent as long ago. The activity log, deployments and what was installed have times of their own.
 * @param keepMs counted from a job's end
 */
export function createRetention({ store, clock, keepMs }: { store: Pick<Store, "write">; clock: Clock; keepMs: number }) {
  return {
    /** @param signal ends it between two parts; what is left is for the next time */
    async purge(signal: AbortSignal): Promise<void> {
      const before = clock.now() - keepMs;
      while (!signal.aborted && (await store.write((tx) => tx.jobs.purge(before, ROWS_AT_ONCE))));
      while (!signal.aborted && (await store.write((tx) => tx.jobs.purgeCommands(before, COMMANDS_AT_ONCE))) === COMMANDS_AT_ONCE);
      for (let after: string | null = ""; after !== null && !signal.aborted; ) {
        const from: string = after;
        after = await store.write((tx) => tx.jobs.purgeMachineChanges(before, { after: from, limit: ROWS_AT_ONCE }));
      }
    },
  };
}
