import type { Clock } from "../core/clock.ts";
import type { Starter } from "../core/resource.ts";
import { type Overlap, sourceOf } from "../core/trigger.ts";
import type { OccurrenceRecord } from "../store/records/occurrences.ts";
import type { Store } from "../store/store.ts";
import { type Checked, type Firing, passes, refusalOf, TRIGGERS } from "./firing.ts";
import { type Freezes, HOLDS } from "./freezes.ts";
import type { Admitted, JobDoor, Log, PreparedJob, TriggerJobRequest } from "./ports.ts";

const AT_ONCE = 100;

export interface WaitingParts<Prepared extends PreparedJob> {
  store: Store;
  clock: Clock;
  firing: Firing<Prepared>;
  freezes: Freezes;
  jobs: JobDoor<Prepared>;
  log: Log;
}

/** Occurrences that wait for the job before: each starts when that one has ended, one at a time, in their order. */
export function createWaiting<Prepared extends PreparedJob>({ store, clock, firing, freezes, jobs, log }: WaitingParts<Prepared>) {
  /** @throws what passes */
  async function check(found: OccurrenceRecord, resource: Starter): Promise<Checked<Prepared>> {
    try {
      return await firing.check(resource, found.request as TriggerJobRequest);
    } catch (error) {
      if (passes(error)) throw error;
      log.error({ err: error, occurrence: found.id }, "an occurrence that has waited can't start");
      return { refused: refusalOf(error), code: "INTERNAL" };
    }
  }

  async function go(id: string): Promise<boolean> {
    const found = await store.read.occurrences.get(id);
    if (found?.status !== "waiting") return false;
    const resource = (await store.read.resources.get(found.resourceId)) as Starter | undefined;
    const held = resource && (await freezes.at(HOLDS[resource.kind], resource.scope, clock.now()));
    const checked: Checked<Prepared> | undefined = resource && (await check(found, resource));
    const decidedAt = clock.now();
    const done = await store.write(async (tx): Promise<Admitted | undefined> => {
      const same = (await tx.resources.lock(found.resourceId)) as Starter<{ enabled?: boolean }> | undefined;
      const row = await tx.occurrences.lock(id);
      if (row?.status !== "waiting" || (await tx.jobs.underWayOf(sourceOf(found.resourceId, found.run))).length > 0) return undefined;
      const end = (status: "skipped" | "frozen" | "refused", reason: string) =>
        tx.occurrences.settle(id, { status, reason, jobId: null, decidedAt }).then(() => undefined);
      if (!same) return end("skipped", `its ${TRIGGERS[found.kind]} was deleted`);
      if (same.spec.enabled === false) return end("skipped", `its ${TRIGGERS[found.kind]} was disabled while it waited`);
      if (held) return end("frozen", held.reason);
      if (!checked) return undefined; // it wasn't there a moment ago
      if ("refused" in checked) return end("refused", checked.refused);
      const { run, runbook, request } = found;
      const ready = { ready: true as const, run, runbook, id, request: request as TriggerJobRequest, prepared: checked.prepared };
      const admitted = await firing.start(tx, same, ready, found.key);
      await tx.occurrences.settle(id, { status: "started", reason: `${found.reason}; it has now`, jobId: admitted.job.id, decidedAt });
      return admitted;
    });
    if (done) jobs.tell(done);
    return done !== undefined;
  }

  return {
    /** One round. @returns how many started @throws what one of them failed with, when the others are done */
    async tick(): Promise<number> {
      let started = 0;
      const failures: unknown[] = [];
      for (const id of await store.read.occurrences.ready(AT_ONCE)) {
        try {
          if (await go(id)) started += 1;
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return started;
    },

    /** An engine that died between an occurrence with overlap `cancel` and the stop of the job before it has left that one running. */
    async cancelBefore(): Promise<void> {
      for (const { resourceId, run } of await store.read.occurrences.waitingRuns()) {
        const resource = (await store.read.resources.get(resourceId)) as Starter<{ overlap?: Overlap }> | undefined;
        if (resource?.spec.overlap !== "cancel") continue;
        for (const { id, status } of await store.read.jobs.underWayOf(sourceOf(resourceId, run))) {
          if (status !== "stopping") await jobs.stop(id, `${TRIGGERS[resource.kind]}:${resource.name}`).catch(() => {}); // it has ended meanwhile
        }
      }
    },
  };
}
