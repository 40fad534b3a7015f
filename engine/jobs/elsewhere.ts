import type { Notice } from "../store/notices.ts";
import type { Store } from "../store/store.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { JobFeed } from "./feed.ts";
import type { Log } from "./ports.ts";

export interface ElsewhereParts {
  store: Store;
  feed: JobFeed;
  dispatcher: Pick<Dispatcher, "wake" | "holds" | "renew">;
  log: Log;
}

/**
 * Passes on what other engines did to jobs: to those who watch one here, and to the attempt that runs here. Whoever waits looks now and then as well, so that a
 * lost notice costs a moment.
 */
export function createElsewhere({ store, feed, dispatcher, log }: ElsewhereParts): (notice: Notice) => void {
  async function relay(jobId: string): Promise<void> {
    const job = await store.read.jobs.get(jobId);
    if (job) feed.relay(job);
  }

  return ({ queued, jobs }) => {
    if (queued) dispatcher.wake();
    const missed = (error: unknown) => log.warn({ err: error }, "what another engine did to a job couldn't be read; it is looked at again");
    // It was stopped, suspended or taken over: renewing its lease finds out which.
    if (jobs.some(dispatcher.holds)) void dispatcher.renew().catch(missed);
    for (const jobId of jobs) if (feed.isWatched(jobId)) void relay(jobId).catch(missed);
  };
}
