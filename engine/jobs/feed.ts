import type { StreamEntry } from "../core/job.ts";
import type { JobRecord } from "../store/records/jobs.ts";

export type JobEvent = { kind: "status"; job: JobRecord } | { kind: "entries"; jobId: string; entries: readonly StreamEntry[] };
export type JobListener = (event: JobEvent) => void;

/** Tells those who watch what has been committed, after its commit. Holds nothing itself: what a listener missed is in the store. */
export function createJobFeed() {
  const byJob = new Map<string, Set<JobListener>>();
  const all = new Set<JobListener>();

  return {
    publish(event: JobEvent): void {
      const jobId = event.kind === "status" ? event.job.id : event.jobId;
      for (const listener of byJob.get(jobId) ?? []) listener(event);
      for (const listener of all) listener(event);
    },
    /** What another engine has committed: for those who watch this job. Whoever follows all jobs counts them where they happen. */
    relay(job: JobRecord): void {
      for (const listener of byJob.get(job.id) ?? []) listener({ kind: "status", job });
    },
    isWatched: (jobId: string): boolean => byJob.has(jobId),
    /** @param jobId `null`: every job. @returns ends the subscription */
    subscribe(jobId: string | null, listener: JobListener): () => void {
      if (jobId === null) {
        all.add(listener);
        return () => void all.delete(listener);
      }
      const listeners = byJob.get(jobId) ?? new Set();
      byJob.set(jobId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && byJob.get(jobId) === listeners) byJob.delete(jobId);
      };
    },
  };
}
export type JobFeed = ReturnType<typeof createJobFeed>;
