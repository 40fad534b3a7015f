import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import type { Sandbox } from "../core/run.ts";
import type { Store } from "../store/store.ts";
import { createBundles } from "./bundles.ts";
import { createControl } from "./control.ts";
import { createDispatcher } from "./dispatcher.ts";
import { createEnqueue } from "./enqueue.ts";
import { createJobFeed } from "./feed.ts";
import { createNewerJobs } from "./newer-jobs.ts";
import type { Log, Sealer } from "./ports.ts";
import { createReaper } from "./reaper.ts";
import { createResume } from "./resume.ts";
import { createWaker } from "./waker.ts";

export interface JobsParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  sandbox: Sandbox;
  sealer: Sealer;
  log: Log;
  engineId: string;
  leaseMs?: number;
  /** How often the queue is looked at without being asked, milliseconds: the safety net for a lost wake. */
  pollMs?: number;
}

const LOOK_FOR_NEWER_MS = 60_000;

/** Trigger → job → outcome: everything that makes, runs and ends jobs on one engine. */
export function createJobs({ leaseMs = 6_000, pollMs = 1_000, ...parts }: JobsParts) {
  const feed = createJobFeed();
  const dispatcher = createDispatcher({ ...parts, bundles: createBundles(parts.store), feed, leaseMs });
  const reaper = createReaper({ ...parts, leaseMs, feed, holds: dispatcher.holds, wake: dispatcher.wake });
  const enqueue = createEnqueue({ ...parts, feed, wake: dispatcher.wake });
  const resume = createResume({ ...parts, feed, wake: dispatcher.wake });
  const waker = createWaker({ ...parts, feed, wake: dispatcher.wake });
  const newer = createNewerJobs(parts);
  const control = createControl({ ...parts, feed, dispatcher, wake: dispatcher.wake });
  const timers: NodeJS.Timeout[] = [];

  const every = (ms: number, what: string, work: () => unknown) => {
    const report = (error: unknown) => parts.log.error({ err: error }, `${what} failed; tried again in ${ms} ms`);
    timers.push(setInterval(() => void Promise.resolve().then(work).catch(report), ms));
  };

  return {
    enqueue,
    resume,
    ...control,
    feed,
    running: dispatcher.running,
    /** Looks for jobs whose engine is gone, now. @returns how many were freed */
    reap: (): Promise<number> => reaper.tick({ starting: false }),
    /** What an operator should know. */
    warnings: newer.warnings,
    /** Puts waiting jobs whose time has come back into the queue, now. @returns how many */
    wakeDue: waker.tick,
    async start(): Promise<void> {
      await reaper.tick({ starting: true });
      await waker.tick();
      await newer.tick();
      parts.store.onQueued(dispatcher.wake);
      every(pollMs, "looking at the queue", dispatcher.wake);
      every(leaseMs / 3, "renewing leases", dispatcher.renew);
      every(LOOK_FOR_NEWER_MS, "looking for jobs of newer engines", newer.tick);
      every(leaseMs / 3, "looking for orphaned jobs", () => reaper.tick({ starting: false }));
      dispatcher.wake();
    },
    /** @param patienceMs how long running jobs may go on; those that still run continue after the restart */
    async drain(patienceMs: number): Promise<void> {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), patienceMs);
      await dispatcher.stop(patience.signal);
      clearTimeout(timer);
      waker.stop();
      for (const one of timers) clearInterval(one);
    },
  };
}
export type Jobs = ReturnType<typeof createJobs>;
