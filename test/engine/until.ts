import type { JobStatus } from "../../engine/core/job.ts";
import type { JobRecord } from "../../engine/store/records/jobs.ts";
import type { Rig } from "./rig.ts";

/** Resolves when a job has this status, whether it came already or comes later; rejects after ten seconds or as many milliseconds, saying what it is instead. */
export function until(engine: Rig, jobId: string, status: JobStatus, withinMs = 10_000): Promise<JobRecord> {
  return new Promise((resolve, reject) => {
    let last: JobRecord | undefined;
    const end = engine.jobs.feed.subscribe(jobId, (event) => {
      if (event.kind === "status") look(event.job);
    });
    const timer = setTimeout(() => {
      end();
      reject(new Error(`job ${jobId} isn't ${status} but ${last?.status} ${JSON.stringify(last?.error)}`));
    }, withinMs);
    const look = (job: JobRecord | undefined) => {
      last = job;
      if (job?.status !== status) return;
      clearTimeout(timer);
      end();
      resolve(job);
    };
    engine.store.read.jobs.get(jobId).then(look, reject);
  });
}
