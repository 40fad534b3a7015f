import type { Clock } from "../core/clock.ts";
import { ERRORS, isRunwrightError } from "../core/errors.ts";
import type { ResourceRecord } from "../core/resource.ts";
import { type Overlap, sourceOf } from "../core/trigger.ts";
import type { OccurrenceRecord } from "../store/records/occurrences.ts";
import type { Store } from "../store/store.ts";
import { type Firing, TRIGGERS } from "./firing.ts";
import { type Freezes, HOLDS } from "./freezes.ts";
import type { JobDoor, PreparedJob, TriggerJobRequest } from "./ports.ts";

const AT_ONCE = 100;

export interface WaitingParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: JobDoor<Prepared>;
}

/** Occurrences that wait for the job before: each starts when that one has ended, one at a time, in their order. */
export function createWaiting<Prepared extends PreparedJob>({ store, clock, firing, freezes, jobs }: WaitingParts<Prepared>) {
  async function go(found: OccurrenceRecord): Promise<boolean> {
    const resource = await store.read.resources.get(found.resourceId);
    const held = resource && (await freezes.at(HOLDS[resource.kind], resource.scope, clock.now()));
    let shot: { prepared: Prepared } | { refused: string };
    try {
      shot = { prepared: await jobs.prepare(found.request as TriggerJobRequest) };
    } catch (error) {
      if (!isRunwrightError(error) || ERRORS[error.code].retry || ERRORS[error.code].status >= 500) throw error;
      shot = { refused: `${error.message} [${error.code}]` };
    }
    const decidedAt = clock.now();
    const done = await store.write(async (tx) => {
      const same = await tx.resources.lock(found.resourceId);
      const row = await tx.occurrences.lock(found.id);
      if (row?.status !== "waiting" || (await tx.jobs.underWayOf(sourceOf(found.resourceId, found.run))).length > 0) return undefined;
      const end = (status: "skipped" | "frozen" | "refused", reason: string) => tx.occurrences.settle(found.id, { status, reason, jobId: null, decidedAt });
      if (!same) await end("skipped", `its ${TRIGGERS[found.kind]} was deleted`);
      else if (held) await end("frozen", held.reason);
      else if ("refused" in shot) await end("refused", shot.refused);
      else {
        const ready = {
          ready: true as const,
          run: found.run,
          runbook: found.runbook,
          id: found.id,
          request: found.request as TriggerJobRequest,
          prepared: shot.prepared,
        };
        const admitted = await firing.start(tx, same, ready, found.key);
        await tx.occurrences.settle(found.id, { status: "started", reason: `${found.reason}; it has now`, jobId: admitted.job.id, decidedAt });
        return admitted;
      }
      return undefined;
    });
    if (done) jobs.tell(done);
    return done !== undefined;
  }

  return {
    /** One round. @returns how many started */
    async tick(): Promise<number> {
      let started = 0;
      for (const found of await store.read.occurrences.ready(AT_ONCE)) if (await go(found)) started += 1;
      return started;
    },

    /** An engine that died between an occurrence with overlap `cancel` and the stop of the job before it has left that one running. */
    async cancelBefore(): Promise<void> {
      for (const { resourceId, run } of await store.read.occurrences.waiting(AT_ONCE)) {
        const resource = (await store.read.resources.get(resourceId)) as ResourceRecord<{ overlap?: Overlap }> | undefined;
        if (resource?.spec.overlap !== "cancel") continue;
        for (const { id, status } of await store.read.jobs.underWayOf(sourceOf(resourceId, run))) {
          if (status !== "stopping") await jobs.stop(id, `${TRIGGERS[resource.kind]}:${resource.name}`).catch(() => {}); // it has ended meanwhile
        }
      }
    },
  };
}
