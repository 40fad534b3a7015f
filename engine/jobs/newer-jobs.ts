import type { Store } from "../store/store.ts";
import type { Log } from "./ports.ts";

/** Looks for queued jobs that only a newer engine can go on with: nobody would notice them where none is left. */
export function createNewerJobs({ store, log }: { store: Pick<Store, "read">; log: Log }) {
  let count = 0;
  return {
    async tick(): Promise<void> {
      const found = await store.read.jobs.countNewer();
      if (found > 0 && count === 0) log.warn({ jobs: found }, "queued jobs wait for a newer engine, which has begun them; they are left to it");
      count = found;
    },
    /** What an operator should know. */
    warnings: (): string[] =>
      count === 0 ? [] : [`queued jobs that a newer engine has begun, and this one can't go on with: ${count}; upgrade it, or start a newer one`],
  };
}
