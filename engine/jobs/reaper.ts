import type { Clock } from "../core/clock.ts";
import { createSteadiness } from "../core/steadiness.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store } from "../store/store.ts";
import type { JobFeed } from "./feed.ts";
import type { Log } from "./ports.ts";

export interface ReaperParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  log: Log;
  engineId: string;
  leaseMs: number;
  /** Jobs in this engine's hands are never orphans, even when the clock has jumped past their lease. */
  holds(jobId: string): boolean;
  wake(): void;
}

/** Puts jobs whose engine is gone back into the queue. */
export function createReaper({ store, clock, feed, log, engineId, leaseMs, holds, wake }: ReaperParts) {
  /** A lease that ran out during an outage says nothing about its engine: each gets the time of one lease to renew what it holds. */
  const answers = createSteadiness({ neededMs: leaseMs, breakMs: leaseMs });

  return {
    /** @param starting the engine has just started: whatever bears its name belongs to the process before it */
    async tick({ starting }: { starting: boolean }): Promise<number> {
      // Before the first lease time is over no lease counts as ended.
      const now = answers.seen(clock.monotonic()) ? clock.now() : 0;
      const freed = await free({ now, starting }).catch((error: unknown) => {
        answers.lost();
        throw error;
      });
      for (const job of freed) feed.publish({ kind: "status", job });
      if (freed.length > 0) {
        log.info({ jobs: freed.length }, "jobs of an engine that is gone go on");
        wake();
      }
      return freed.length;
    },
  };

  function free({ now, starting }: { now: number; starting: boolean }): Promise<JobRecord[]> {
    return store.write(async (tx) => {
      const orphans = await tx.jobs.orphans({ now, engine: starting ? engineId : null });
      const moved: JobRecord[] = [];
      for (const job of orphans) {
        if (holds(job.id)) continue;
        // Its session went with its engine.
        const to = job.status === "stopping" || job.debug !== null ? "stopped" : "queued";
        const reason = starting && job.engine === engineId ? "its engine was started anew" : `engine ${job.engine} didn't renew its lease`;
        const next = await tx.jobs.move(job.id, job.fence, { to, at: clock.now(), by: engineId, reason });
        if (next) moved.push(next);
      }
      return moved;
    });
  }
}
