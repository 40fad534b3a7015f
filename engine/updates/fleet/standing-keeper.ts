import type { Store } from "../../store/store.ts";
import type { Log } from "../ports.ts";

/** Machines made up for in one transaction: others write in between. */
const AT_ONCE = 50;
const LOOK_MS = 3_600_000;

/**
 * Sees to it that the standing of every machine is there. Writers keep it; what an engine of an earlier version has written is made up for when this engine starts and once an
 * hour, and whoever asks about the fleet before that waits for it. Offers that nobody misses any more are forgotten.
 */
export function createStandingKeeper({ store, log }: { store: Store; log: Log }) {
  let whole: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  /** Makes up for all that is outdated. */
  async function makeUp(): Promise<void> {
    while (!stopped) {
      const machineIds = await store.read.standings.outdated(AT_ONCE);
      if (machineIds.length === 0) return;
      await store.writeApart(async (tx) => tx.standings.renew(machineIds));
    }
  }

  async function tick(): Promise<void> {
    await makeUp();
    if (!stopped) await store.writeApart((tx) => tx.standings.forgetOffers());
  }

  return {
    tick,
    /** Resolves when there is nothing to make up for, which is so at once but for the first start after an upgrade. */
    ready(): Promise<void> {
      whole ??= makeUp().catch((error) => {
        whole = undefined;
        throw error;
      });
      return whole;
    },
    start(): void {
      const look = () => {
        running = tick().catch((error) => log.error({ err: error }, "how machines stand couldn't be made up for; tried again in an hour"));
      };
      timer = setInterval(look, LOOK_MS);
      look();
    },
    async stop(): Promise<void> {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
export type StandingKeeper = ReturnType<typeof createStandingKeeper>;
