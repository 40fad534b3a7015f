import type { Clock } from "../core/clock.ts";
import type { DebugLink } from "../core/debug.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Sandbox } from "../core/run.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store } from "../store/store.ts";
import { type AttemptParts, type RunningAttempt, startAttempt } from "./attempt.ts";
import type { Log } from "./ports.ts";
import { RUNTIME } from "./runtime.ts";

const CLAIM_AT_ONCE = 50;

export interface DispatcherParts extends Omit<AttemptParts, "onEnded"> {
  store: Store;
  clock: Clock;
  sandbox: Sandbox;
  log: Log;
  engineId: string;
  leaseMs: number;
}

/**
 * Claims queued jobs as long as runners have room. `tick()` does one round; `wake()` asks for one soon.
 * Invariant: a job that this engine runs is in `running` from its claim until its ending is committed.
 */
export function createDispatcher(parts: DispatcherParts) {
  const { store, clock, sandbox, log, engineId, leaseMs } = parts;
  const running = new Map<string, RunningAttempt>();
  let ticking: Promise<void> | null = null;
  let again = false;
  /** Whether the queue may hold more: whoever adds to it wakes the dispatcher, so that room that becomes free is no reason to ask. */
  let more = true;
  let stopping = false;
  let broken = false;

  async function tick(): Promise<void> {
    while (!stopping) {
      again = false;
      const room = Math.min(CLAIM_AT_ONCE, sandbox.freeSlots());
      if (room <= 0) {
        more = true;
        return;
      }
      const now = clock.now();
      const jobs = await store.write((tx) => tx.jobs.claim({ engine: engineId, now, leaseUntil: now + leaseMs, limit: room, runtime: RUNTIME }));
      for (const job of jobs) start(job);
      more = jobs.length === room;
      if (!more && !again) return;
    }
  }

  function start(job: JobRecord, debug?: DebugLink): void {
    const attempt = startAttempt(job, {
      ...parts,
      ...(debug ? { debug } : {}),
      onEnded() {
        running.delete(job.id);
        if (more) wake();
      },
    });
    running.set(job.id, attempt);
  }

  function wake(): void {
    again = true;
    if (ticking || stopping) return;
    ticking = tick()
      .then(() => {
        if (broken) log.info({}, "jobs are dispatched again");
        broken = false;
      })
      .catch((error) => {
        // The next wake or poll tries again; nothing was claimed.
        if (!broken) log.error({ err: error }, "jobs can't be claimed");
        broken = true;
        again = false;
      })
      .finally(() => {
        ticking = null;
        if (again) wake();
      });
  }

  return {
    wake,
    /** One round, for those who want to wait for it. */
    async tick(): Promise<void> {
      wake();
      while (ticking) await ticking;
    },
    /** Runs a job that was taken for a debug session. @throws STOPPING; then its lease runs out */
    adopt(job: JobRecord, debug: DebugLink): void {
      if (stopping) throw new RunwrightError("STOPPING", "the engine is stopping; try again in a moment");
      start(job, debug);
    },
    holds: (jobId: string): boolean => running.has(jobId),
    running: (): number => running.size,
    /** Ends guest code of a job that runs here. @returns false when it doesn't */
    stopJob(jobId: string): boolean {
      const attempt = running.get(jobId);
      attempt?.stop();
      return attempt !== undefined;
    },
    /** Lets a job go that doesn't belong to this engine any more; its attempt writes nothing after that. */
    abandonJob: (jobId: string, reason: string): void => running.get(jobId)?.abandon(reason),
    /** Keeps what runs here ours. */
    async renew(): Promise<void> {
      if (running.size === 0) return;
      const held = [...running].map(([id, { fence }]) => ({ id, fence }));
      const { stopping: unwanted, lost } = await store.write(async (tx) => {
        await tx.jobs.renew(engineId, [...running.keys()], clock.now() + leaseMs);
        return tx.jobs.recalled(engineId, held);
      });
      // Asked for at another engine; here they would have been ended at once.
      for (const id of unwanted) running.get(id)?.stop();
      for (const { id, fence } of held)
        if (lost.includes(id) && running.get(id)?.fence === fence) running.get(id)?.abandon("another engine has taken the job over");
    },
    /** Takes no more jobs; waits until those that run have ended, or `signal` ends the patience: they go on after the restart. */
    async stop(signal: AbortSignal): Promise<void> {
      stopping = true;
      await ticking;
      const ended = Promise.all([...running.values()].map((attempt) => attempt.ended)).then(() => {});
      const abandon = () => {
        for (const attempt of running.values()) attempt.abandon("the engine stops");
      };
      if (signal.aborted) abandon();
      signal.addEventListener("abort", abandon, { once: true });
      await ended;
      signal.removeEventListener("abort", abandon);
    },
  };
}
export type Dispatcher = ReturnType<typeof createDispatcher>;
