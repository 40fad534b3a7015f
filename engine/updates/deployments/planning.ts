import { cursorBefore, momentOfKey, type WindowOccurrence, windowOccurrences } from "../../core/deploy/occurrences.ts";
import { WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { PENDING } from "../../core/deploy/status.ts";
import { MACHINES_OWN_ZONE, timesOf } from "../../core/deploy/window.ts";
import { comingOccurrences } from "../../core/deploy/window-preview.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import { machinesOf, zonesOf } from "../window-machines.ts";
import type { WindowRecord } from "../window-record.ts";
import { deploymentOf, machinesOfPlan, standing } from "./draft.ts";
import type { Also, PlanningParts } from "./parts.ts";
import { actorOfWindow } from "./parts.ts";
import { type MadePlan, openingOf } from "./planner.ts";

const MOST_SEARCHED = 2_000;

export interface Requester {
  id: string;
  name: string;
}

/** Makes plans, and makes them anew. */
export function createPlanning<Prepared extends PreparedJob>({ store, clock, newId, plan }: PlanningParts<Prepared>) {
  const zonesOfWindow = async ({ scope, spec }: WindowRecord): Promise<string[]> =>
    spec.timeZone === "machine" ? zonesOf(spec, await machinesOf(store.read, scope, spec)) : [];

  /** @returns undefined when another engine was faster, or somebody has skipped the occurrence meanwhile */
  async function insert(
    window: WindowRecord,
    made: MadePlan,
    { requester, retryOf = null, also }: { requester: Requester; retryOf?: string | null; also?: Also | undefined },
  ): Promise<DeploymentRecord | undefined> {
    const who = { id: newId("dpl"), at: clock.now(), requestedBy: requester.name, requesterId: requester.id, retryOf };
    const deployment = deploymentOf(window, made, who);
    const machines = machinesOfPlan(deployment.id, made);
    return store.writeApart(async (tx) => {
      // Planning takes a while. Whoever skips an occurrence holds its window, too: either their word is found here, or they find this row.
      await tx.resources.lock(window.id);
      if (await tx.deployments.exception(window.id, made.occurrence)) return undefined;
      if (!(await tx.deployments.insert(deployment, machines))) return undefined;
      also?.(tx, deployment);
      return deployment;
    });
  }

  /**
   * Puts a new plan in the place of one that hasn't started.
   * @returns what it is then; undefined when it has started or ended meanwhile
   */
  async function replace(
    found: DeploymentRecord,
    made: MadePlan,
    { requester, also }: { requester?: Requester; also?: Also | undefined },
  ): Promise<DeploymentRecord | undefined> {
    const machines = machinesOfPlan(found.id, made);
    return store.writeApart(async (tx) => {
      const same = await tx.deployments.lock(found.id);
      if (!same || !PENDING.includes(same.status)) return undefined;
      const asked = requester ? { requestedBy: requester.name, requesterId: requester.id } : { requestedBy: same.requestedBy, requesterId: same.requesterId };
      const stands = standing(made, { decisions: await tx.deployments.decisions(same.id), requesterId: asked.requesterId });
      const fields = {
        ...{
          spec: made.spec,
          changerId: made.changerId,
          changedBy: made.changedBy,
          opensAt: made.opensAt,
          closesAt: made.closesAt,
          planHash: made.hash,
          allowedFailures: made.allowedFailures,
        },
        ...{ runbookVersion: made.runbookVersion, hookVersions: made.hookVersions, ...stands, ...asked },
      };
      await tx.deployments.replan(same.id, fields, machines);
      const now = { ...same, ...fields };
      also?.(tx, now);
      return now;
    });
  }

  return {
    zonesOfWindow,
    insert,
    replace,

    /**
     * What is to be planned of a window by now, in its order; and when the one after it is: `planAhead` before it opens, yet not before the occurrence before it has closed,
     * which changes what there is to do. @param after, since as its timer says
     */
    async dueOccurrences(
      window: WindowRecord,
      { after, since, now, limit }: { after: number; since: number; now: number; limit: number },
    ): Promise<{ due: WindowOccurrence[]; next: number | null }> {
      const { spec } = window;
      const ahead = parseDuration(spec.planAhead ?? WINDOW_DEFAULTS.planAhead);
      // Where each machine has its own zone, occurrences interlock: the first zone opens again when the last one has hardly closed.
      const isInRow = spec.timeZone !== MACHINES_OWN_ZONE;
      let closed = isInRow && after > since ? after + parseDuration(spec.duration) : Number.NEGATIVE_INFINITY;
      const due: WindowOccurrence[] = [];
      for (const one of windowOccurrences(timesOf(spec), { after, zones: await zonesOfWindow(window) })) {
        if (one.opensAt <= since) continue;
        const plannedAt = Math.min(one.opensAt, Math.max(one.opensAt - ahead, closed));
        if (plannedAt > now || due.length >= limit) return { due, next: plannedAt };
        due.push(one);
        if (isInRow) closed = one.closesAt;
      }
      return { due, next: null };
    },

    /** The first that hasn't closed everywhere and is meant; of some thousands, as most windows never end. */
    async coming(window: WindowRecord, now: number, isMeant: (occurrence: WindowOccurrence) => boolean): Promise<WindowOccurrence | undefined> {
      return comingOccurrences(window.spec, { from: now, zones: await zonesOfWindow(window) })
        .take(MOST_SEARCHED)
        .find(isMeant);
    },

    /** All that are open somewhere. */
    async open(window: WindowRecord, now: number): Promise<WindowOccurrence[]> {
      const found: WindowOccurrence[] = [];
      for (const one of comingOccurrences(window.spec, { from: now, zones: await zonesOfWindow(window) })) {
        if (cursorBefore(window.spec, one.at) > now) break; // neither this nor a later one has opened anywhere
        if (one.opensAt <= now) found.push(one);
      }
      return found;
    },

    /** The occurrence whose key is known, if the window has it as it is now. */
    async occurrenceOf(window: WindowRecord, key: string): Promise<WindowOccurrence | undefined> {
      const at = momentOfKey(key);
      if (at === undefined) return undefined;
      const first = windowOccurrences(timesOf(window.spec), { after: at - 1, zones: await zonesOfWindow(window) }).next();
      return !first.done && first.value.key === key ? first.value : undefined;
    },

    /** Plans an occurrence for the first time, as the window itself. */
    async planFirst(window: WindowRecord, occurrence: WindowOccurrence): Promise<DeploymentRecord | undefined> {
      const { id, name } = actorOfWindow(window);
      return insert(window, await plan(window, openingOf(occurrence, window.spec)), { requester: { id, name } });
    },

    /** Plans again what hasn't started, by the window as it is now. */
    async planAgain(window: WindowRecord, occurrence: WindowOccurrence, found: DeploymentRecord): Promise<DeploymentRecord | undefined> {
      return replace(found, await plan(window, openingOf(occurrence, window.spec)), {});
    },

    /**
     * Somebody wants a plan of the occurrence that is open or comes next: for the first time, or by what is known now.
     * @throws CONFLICT when there is nothing to plan
     */
    async request(window: WindowRecord, requester: Requester, also: Also): Promise<DeploymentRecord> {
      const occurrence = await this.coming(window, clock.now(), () => true);
      if (!occurrence)
        throw new RunwrightError("CONFLICT", `the window ${window.name} never opens again; \`runwright window run ${window.name}\` opens it now`);
      for (let tries = 0; tries < 2; tries++) {
        const exception = await store.read.deployments.exception(window.id, occurrence.key);
        if (exception) throw new RunwrightError("CONFLICT", `${exception.by} has ${exception.kind} the occurrence ${occurrence.key}: ${exception.reason}`);
        const found = await store.read.deployments.ofOccurrence(window.id, occurrence.key);
        if (found && !PENDING.includes(found.status)) break;
        const made = await plan(window, openingOf(occurrence, window.spec));
        const done = found ? await replace(found, made, { requester, also }) : await insert(window, made, { requester, also });
        if (done) return done;
      }
      const found = await store.read.deployments.ofOccurrence(window.id, occurrence.key);
      throw new RunwrightError(
        "CONFLICT",
        `the deployment ${found?.id} of ${occurrence.key} is ${found?.status} already (${found?.reason}); see \`runwright deployment show ${found?.id}\``,
      );
    },
  };
}
export type Planning = ReturnType<typeof createPlanning>;
