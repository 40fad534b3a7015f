import type { Clock } from "../core/clock.ts";
import type { Store } from "../store/store.ts";
import type { JobFeed } from "./feed.ts";
import type { Log } from "./ports.ts";

const AT_ONCE = 200;
/** Timers hold 24 days at most, and the wall clock may be set: looked at again after this time at the latest. */
const LOOK_AGAIN_MS = 60_000;

export interface WakerParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  log: Log;
  engineId: string;
  wake(): void;
}

/** Puts waiting jobs back into the queue when their time has come. However many wait, there is one timer and no list of them in memory. */
export function createWaker({ store, clock, feed, log, engineId, wake }: WakerParts) {
  let timer: NodeJS.Timeout | undefined;
  let due = Number.POSITIVE_INFINITY;
  let stopped = false;

  function arm(at: number): void {
    if (stopped || at >= due) return;
    due = at;
    clearTimeout(timer);
    timer = setTimeout(() => void ring(), Math.min(LOOK_AGAIN_MS, Math.max(0, at - clock.now())));
  }

  async function ring(): Promise<void> {
    due = Number.POSITIVE_INFINITY;
    try {
      await tick();
    } catch (error) {
      log.error({ err: error }, "waiting jobs couldn't be woken; tried again in a while");
      arm(clock.now() + 1_000);
    }
  }

  /** One round. @returns how many were woken */
  async function tick(): Promise<number> {
    const woken = await store.write((tx) => tx.jobs.wake({ now: clock.now(), by: engineId, limit: AT_ONCE }));
    for (const job of woken) feed.publish({ kind: "status", job });
    if (woken.length > 0) wake();
    const next = await store.read.jobs.nextWake();
    arm(Math.min(next ?? Number.POSITIVE_INFINITY, clock.now() + LOOK_AGAIN_MS));
    return woken.length;
  }

  const end = feed.subscribe(null, (event) => {
    if (event.kind === "status" && event.job.status === "waiting" && event.job.wakeAt !== null) arm(event.job.wakeAt);
  });

  return {
    tick,
    stop(): void {
      stopped = true;
      end();
      clearTimeout(timer);
    },
  };
}
