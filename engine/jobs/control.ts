import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { isFinal } from "../core/job.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { JobFeed } from "./feed.ts";

const LOOK_MS = 1_000;

export interface ControlParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  dispatcher: Pick<Dispatcher, "stopJob" | "abandonJob">;
  wake(): void;
}

/** What people do to jobs that exist. */
export function createControl({ store, clock, feed, dispatcher, wake }: ControlParts) {
  async function move(
    jobId: string,
    how: { to: "suspended" | "queued"; by: string; reason: string },
    also?: (tx: Writes) => void,
    check?: (job: JobRecord) => void,
  ): Promise<JobRecord> {
    const job = await store.write(async (tx) => {
      const found = await tx.jobs.lock(jobId);
      if (found) check?.(found);
      const moved = await tx.jobs.move(jobId, null, { ...how, at: clock.now() });
      also?.(tx);
      return moved;
    });
    if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
    feed.publish({ kind: "status", job });
    return job;
  }

  return {
    /**
     * Ends a job: at once when it waits in the queue, else by ending its guest code; asking twice is harmless.
     * @param by name of who asks
     * @param also written in the same transaction
     * @param reason for the record
     * @throws JOB_NOT_FOUND, JOB_FINAL
     */
    async stop(jobId: string, by: string, also?: (tx: Writes) => void, reason = "stop was asked for"): Promise<JobRecord> {
      const job = await store.write(async (tx) => {
        // Locked: a job that another engine makes wait meanwhile has no attempt that could answer.
        const found = await tx.jobs.lock(jobId);
        if (!found) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
        if (isFinal(found.status))
          throw new RunwrightError("JOB_FINAL", `job ${jobId} has already ${found.status === "failed" ? "failed" : `been ${found.status}`}`);
        also?.(tx);
        if (found.status === "stopping") return found;
        const to = found.status === "running" ? "stopping" : "stopped";
        return tx.jobs.move(jobId, null, { to, at: clock.now(), by, reason });
      });
      if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
      feed.publish({ kind: "status", job });
      if (job.status === "stopping") dispatcher.stopJob(jobId);
      return job;
    },

    /**
     * Holds a job until it is continued. One that runs gives its isolate back and keeps its journal: nothing that was recorded is done again.
     * @throws JOB_NOT_FOUND, JOB_FINAL
     */
    async suspend(jobId: string, by: string, also?: (tx: Writes) => void): Promise<JobRecord> {
      const job = await move(jobId, { to: "suspended", by, reason: "suspend was asked for" }, also);
      dispatcher.abandonJob(jobId, "the job was suspended");
      return job;
    },

    /** Lets a suspended job go on where it was. @throws JOB_NOT_FOUND, CONFLICT when it isn't suspended */
    async continue(jobId: string, by: string, also?: (tx: Writes) => void): Promise<JobRecord> {
      const job = await move(jobId, { to: "queued", by, reason: "continue was asked for" }, also, ({ status }) => {
        if (status !== "suspended") throw new RunwrightError("CONFLICT", `job ${jobId} is ${status}, not suspended`);
      });
      wake();
      return job;
    },

    /**
     * Waits until a job has ended.
     * @returns the job when it has ended or the signal has fired, whichever comes first
     * @throws JOB_NOT_FOUND
     */
    async wait(jobId: string, signal: AbortSignal): Promise<JobRecord> {
      const { promise: over, resolve } = Promise.withResolvers<JobRecord | null>();
      const end = feed.subscribe(jobId, (event) => {
        if (event.kind === "status" && isFinal(event.job.status)) resolve(event.job);
      });
      const giveUp = () => resolve(null);
      signal.addEventListener("abort", giveUp);
      // Another engine may run it: what happens there isn't told here.
      const look = setInterval(() => {
        store.read.jobs.get(jobId).then(
          (job) => job && isFinal(job.status) && resolve(job),
          () => {}, // the database is away; it is looked at again
        );
      }, LOOK_MS);
      try {
        const job = await store.read.jobs.get(jobId);
        if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
        if (isFinal(job.status) || signal.aborted) return job;
        return (await over) ?? (await store.read.jobs.get(jobId)) ?? job;
      } finally {
        clearInterval(look);
        end();
        signal.removeEventListener("abort", giveUp);
      }
    },
  };
}
