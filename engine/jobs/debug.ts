import type { Clock } from "../core/clock.ts";
import type { DebugLink } from "../core/debug.ts";
import { RunwrightError } from "../core/errors.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Admission } from "./admission.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Enqueued, JobDoor, JobRequest } from "./enqueue.ts";
import type { JobFeed } from "./feed.ts";
import type { createReplay, ReplayRequest } from "./replay.ts";
import { RUNTIME } from "./runtime.ts";

export interface DebugParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  admission: Admission;
  dispatcher: Pick<Dispatcher, "adopt">;
  prepare: JobDoor["prepare"];
  replay: ReturnType<typeof createReplay>;
  engineId: string;
  leaseMs: number;
}

/** Jobs that somebody debugs never wait in the queue: this engine takes them in the transaction that inserts them, because the session is here. */
export function createDebug({ store, clock, feed, admission, dispatcher, prepare, replay, engineId, leaseMs }: DebugParts) {
  async function begin(
    job: NewJob,
    link: DebugLink,
    also: (tx: Writes, job: Enqueued) => void,
    journal: Parameters<Writes["journal"]["put"]>[0][] = [],
  ): Promise<JobRecord> {
    const taken = await store.write(async (tx) => {
      const inserted = await admission.insertNow(tx, job, job.actor.name);
      for (const record of journal) await tx.journal.put(record);
      const now = clock.now();
      const running = await tx.jobs.take(inserted, { engine: engineId, now, leaseUntil: now + leaseMs, runtime: RUNTIME });
      also(tx, { id: running.id, scope: running.scope, version: running.version, status: running.status, superseded: [] });
      return running;
    });
    feed.publish({ kind: "status", job: taken });
    dispatcher.adopt(taken, link);
    return taken;
  }

  return {
    /**
     * Begins a job for a debugger; its code is held until the session lets it go.
     * @param request.bundleHash of the bundle that is meant
     * @throws as `enqueue`; CONFLICT when its concurrency limit is reached, or it isn't that bundle any more; STOPPING
     */
    async debug({ bundleHash, ...request }: JobRequest & { also: NonNullable<JobRequest["also"]>; bundleHash?: string }, link: DebugLink): Promise<JobRecord> {
      const { job } = await prepare(request);
      if (bundleHash !== undefined && job.bundleHash !== bundleHash)
        throw new RunwrightError("CONFLICT", `${job.runbook} has been changed by somebody since: save your draft again, or look at theirs first`);
      return begin({ ...job, debug: "run" }, link, request.also);
    },
    /**
     * Begins a job that repeats what another one did, from its journal. The other one isn't touched.
     * @throws JOB_NOT_FOUND, CONFLICT when it hasn't ended, BUNDLE_DAMAGED, DATABASE_DAMAGED, STOPPING
     */
    async replay(request: ReplayRequest, linkOf: (haltAfter: number) => DebugLink): Promise<JobRecord> {
      const { job, journal, haltAfter } = await replay(request);
      return begin(job, linkOf(haltAfter), request.also, journal);
    },
  };
}
