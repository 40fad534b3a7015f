import type { Clock } from "../core/clock.ts";
import type { NewId } from "../core/id.ts";
import type { Sandbox } from "../core/run.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store } from "../store/store.ts";
import { createAdmission } from "./admission.ts";
import { createApprovals } from "./approvals.ts";
import { createBell } from "./bell.ts";
import { createBundles } from "./bundles.ts";
import { createChildren } from "./children.ts";
import { createConcurrencyKeys } from "./concurrency-key.ts";
import { createControl } from "./control.ts";
import { createDebug } from "./debug.ts";
import { createDispatcher } from "./dispatcher.ts";
import { createElsewhere } from "./elsewhere.ts";
import { createEnqueue } from "./enqueue.ts";
import { createEvents } from "./events.ts";
import { createJobFeed } from "./feed.ts";
import { createNewerJobs } from "./newer-jobs.ts";
import type { Log, Sealer } from "./ports.ts";
import { createReaper } from "./reaper.ts";
import { createReplay } from "./replay.ts";
import { createResume } from "./resume.ts";
import { createWaker } from "./waker.ts";

const PURGE_MS = 3_600_000;

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

const STRANDED_MS = 30_000;
const LOOK_FOR_NEWER_MS = 60_000;

/** Trigger → job → outcome: everything that makes, runs and ends jobs on one engine. */
export function createJobs({ leaseMs = 6_000, pollMs = 1_000, ...parts }: JobsParts) {
  const feed = createJobFeed();
  const bundles = createBundles(parts.store);
  const dispatcher = createDispatcher({ ...parts, bundles, feed, leaseMs });
  const reaper = createReaper({ ...parts, leaseMs, feed, holds: dispatcher.holds, wake: dispatcher.wake });
  const doors = {
    admission: createAdmission({ ...parts, feed, dispatcher, wake: dispatcher.wake }),
    concurrencyKeyOf: createConcurrencyKeys({ ...parts, bundles }),
  };
  const { enqueue, ...door } = createEnqueue({ ...parts, ...doors });
  const resume = createResume({ ...parts, ...doors });
  const debugging = createDebug({ ...parts, ...doors, ...door, dispatcher, feed, leaseMs, replay: createReplay({ ...parts, bundles }) });
  const waker = createWaker({ ...parts, feed, wake: dispatcher.wake });
  const newer = createNewerJobs(parts);
  const control = createControl({ ...parts, feed, dispatcher, wake: dispatcher.wake });
  const children = createChildren({ ...parts, control });
  const bell = createBell();
  const onRoused = (job: JobRecord) => {
    feed.publish({ kind: "status", job });
    dispatcher.wake();
  };
  const approvals = createApprovals({ ...parts, bell, onRoused });
  const events = createEvents({
    ...parts,
    bell,
    onRoused,
    onDue: () => waker.tick().catch((error) => parts.log.error({ err: error }, "waiting jobs couldn't be woken; looked at again in a minute")),
  });
  const timers: NodeJS.Timeout[] = [];
  let endHearing = () => {};

  const every = (ms: number, what: string, work: () => unknown) => {
    const report = (error: unknown) => parts.log.error({ err: error }, `${what} failed; tried again in ${ms} ms`);
    timers.push(setInterval(() => void Promise.resolve().then(work).catch(report), ms));
  };

  const letGoStranded = (): Promise<number> => parts.store.write((tx) => tx.jobs.letGoStranded({ at: parts.clock.now(), by: parts.engineId }));

  return {
    enqueue,
    /** `enqueue` in its parts, for whoever writes more in the same transaction. */
    door,
    resume,
    ...debugging,
    ...control,
    /** Ends a job, and the jobs that it has started. @throws JOB_NOT_FOUND, JOB_FINAL */
    async stop(...asked: Parameters<typeof control.stop>): Promise<JobRecord> {
      const job = await control.stop(...asked);
      children.tick().catch((error) => parts.log.error({ err: error, job: job.id }, "children of a stopped job couldn't be stopped; tried again in a moment"));
      return job;
    },
    approvals,
    events,
    feed,
    running: dispatcher.running,
    /** Looks for jobs whose engine is gone, now. @returns how many were freed */
    reap: (): Promise<number> => reaper.tick({ starting: false }),
    /** What an operator should know. */
    warnings: newer.warnings,
    /** Looks for queued jobs that only a newer engine can go on with, now. */
    lookForNewer: newer.tick,
    /** Puts waiting jobs whose time has come back into the queue, now. @returns how many */
    wakeDue: waker.tick,
    /** Lets jobs go that are held back though nothing is in their way, now: the safety net of the concurrency limits. @returns how many */
    letGoStranded,
    async start(): Promise<void> {
      await reaper.tick({ starting: true });
      await letGoStranded();
      await waker.tick();
      await newer.tick();
      parts.store.onQueued(dispatcher.wake);
      endHearing = parts.store.onNotice(createElsewhere({ ...parts, feed, dispatcher }));
      every(pollMs, "looking at the queue", dispatcher.wake);
      every(leaseMs / 3, "renewing leases", dispatcher.renew);
      every(LOOK_FOR_NEWER_MS, "looking for jobs of newer engines", newer.tick);
      every(leaseMs / 3, "looking for orphaned jobs", () => reaper.tick({ starting: false }));
      every(leaseMs / 3, "stopping children of stopped jobs", children.tick);
      every(PURGE_MS, "removing old events", events.purge);
      every(STRANDED_MS, "looking for jobs that are held back by nothing", letGoStranded);
      dispatcher.wake();
    },
    /** @param patienceMs how long running jobs may go on; those that still run continue after the restart */
    async drain(patienceMs: number): Promise<void> {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), patienceMs);
      await dispatcher.stop(patience.signal);
      clearTimeout(timer);
      waker.stop();
      endHearing();
      for (const one of timers) clearInterval(one);
    },
  };
}
export type Jobs = ReturnType<typeof createJobs>;
