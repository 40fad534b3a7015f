import type { WindowOccurrence } from "../../core/deploy/occurrences.ts";
import { type DeploymentStatus, PENDING, UNDER_WAY } from "../../core/deploy/status.ts";
import { ERRORS, type ErrorCode, isRunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { WindowTimer } from "../../store/records/window-timers.ts";
import type { PreparedJob } from "../ports.ts";
import { effectOf, type WindowRecord } from "../window-record.ts";
import type { Closing } from "./closing.ts";
import { deploymentOf, machinesOfPlan } from "./draft.ts";
import { endUnstarted } from "./moves.ts";
import { NOW_KEY } from "./opening.ts";
import { actorOfWindow, type DeploymentParts } from "./parts.ts";
import type { Planning } from "./planning.ts";
import type { Starting } from "./starting.ts";

const LOOK_MS = 1_000;
const PURGE_MS = 3_600_000;
const KEPT_MS = 180 * 86_400_000;
const PURGED_AT_ONCE = 20;
const WINDOWS_AT_ONCE = 50;
const DEPLOYMENTS_AT_ONCE = 500;
/** Of one window in one turn. */
const OCCURRENCES_AT_ONCE = 500;
/** Occurrences that nobody was there for have a row each, up to so many; the oldest row tells of the rest. */
const MISSED_KEPT = 20;
/** What can't be planned now is tried again after this time. */
const PUT_OFF_MS = 30_000;
/** What is wrong with the engine, and so with each deployment. */
const OF_ALL: readonly ErrorCode[] = ["DATABASE_UNAVAILABLE", "DISK_FULL", "STOPPING"];
const NO_CODE = { runbookVersion: null, hookVersions: {} };
const NOTHING_MORE = Number.MAX_SAFE_INTEGER;

export interface RoundsParts<Prepared extends PreparedJob> extends DeploymentParts<Prepared> {
  planning: Planning;
  starting: Starting;
  closing: Closing;
}

/**
 * Looks again and again for what is to be planned, started and ended. Indexes say what is due; nothing else is read. Several engines do the same at once: a row that is there
 * already, or a lock and what is found behind it, says that another one was faster.
 */
export function createRounds<Prepared extends PreparedJob>({ store, clock, newId, log, planning, starting, closing }: RoundsParts<Prepared>) {
  const timers: NodeJS.Timeout[] = [];
  let endHearing = () => {};
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  /** Nobody was there while it was open. */
  async function miss(window: WindowRecord, occurrence: WindowOccurrence, more: number): Promise<void> {
    const { id: requesterId, name: requestedBy } = actorOfWindow(window);
    const { key, opensAt, closesAt } = occurrence;
    const { spec, authorId: changerId, author: changedBy } = window;
    const plan = {
      ...{ spec, changerId, changedBy, occurrence: key, opensAt, closesAt, machines: [], notIncluded: [], allowedFailures: 0 },
      ...{ ...NO_CODE, hash: "" },
    };
    const at = clock.now();
    const row = deploymentOf(window, plan, { id: newId("dpl"), at, requestedBy, requesterId, retryOf: null });
    const reason = `no engine was there while it was open${more > 0 ? `, nor for ${more} occurrences before it` : ""}`;
    await store.write(async (tx) => {
      if (await tx.deployments.insert({ ...row, status: "planned", reason }, machinesOfPlan(row.id, plan)))
        await endUnstarted(tx, row, { to: "expired", reason, at });
    });
  }

  /** Plans what is due of one window, or finds that another engine has. */
  async function planWindow(timer: WindowTimer): Promise<void> {
    const window = (await store.read.resources.get(timer.resourceId)) as WindowRecord | undefined;
    if (!window || window.spec.enabled === false) return forget(timer);
    const now = clock.now();
    const pending = (await store.read.deployments.ofWindow(window.id, PENDING, DEPLOYMENTS_AT_ONCE)).filter(
      ({ occurrence }) => !occurrence.startsWith(NOW_KEY),
    );
    const { due, next } = await planning.dueOccurrences(window, { after: timer.decidedTo, since: timer.since, now, limit: OCCURRENCES_AT_ONCE });
    const missed = due.filter(({ closesAt }) => closesAt <= now);
    const kept = missed.slice(-MISSED_KEPT);
    for (const [i, one] of kept.entries()) if (!(await isExcepted(window, one))) await miss(window, one, i === 0 ? missed.length - kept.length : 0);
    for (const one of due.filter(({ closesAt }) => closesAt > now)) {
      if (await isExcepted(window, one)) continue;
      const found = await store.read.deployments.ofOccurrence(window.id, one.key);
      if (!found) await planning.planFirst(window, one);
      else if (PENDING.includes(found.status) && hasChanged(found, window, one)) await planning.planAgain(window, one, found);
    }
    // What was planned for times that the window has no more.
    for (const found of pending) {
      if (effectOf(found.spec) === effectOf(window.spec) || due.some(({ key }) => key === found.occurrence)) continue;
      const occurrence = await planning.occurrenceOf(window, found.occurrence);
      if (occurrence && occurrence.closesAt > now) {
        if (hasChanged(found, window, occurrence)) await planning.planAgain(window, occurrence, found);
      } else if (!occurrence) await drop(found);
    }
    await store.write(async (tx) => {
      const same = await tx.windowTimers.lock(timer.resourceId);
      if (same?.revision !== window.revision || same.decidedTo !== timer.decidedTo || same.nextAt !== timer.nextAt) return;
      await tx.windowTimers.put({ ...timer, decidedTo: due.at(-1)?.at ?? timer.decidedTo, nextAt: next ?? NOTHING_MORE });
    });
  }

  const hasChanged = (found: DeploymentRecord, window: WindowRecord, { opensAt, closesAt }: WindowOccurrence): boolean =>
    effectOf(found.spec) !== effectOf(window.spec) || found.opensAt !== opensAt || found.closesAt !== closesAt;
  const isExcepted = async (window: WindowRecord, { key }: WindowOccurrence): Promise<boolean> =>
    (await store.read.deployments.exception(window.id, key)) !== undefined;

  async function drop({ id }: DeploymentRecord): Promise<void> {
    await store.write(async (tx) => {
      const same = await tx.deployments.lock(id);
      if (same && PENDING.includes(same.status))
        await endUnstarted(tx, same, { to: "aborted", reason: "the window was changed, and doesn't open then any more", at: clock.now() });
    });
  }

  async function forget({ resourceId }: WindowTimer): Promise<void> {
    await store.write((tx) => tx.windowTimers.delete(resourceId));
  }

  /** A window that can't be planned, such as for a time zone that is gone, mustn't keep others from it. @throws what passes */
  async function planOrPutOff(timer: WindowTimer): Promise<void> {
    try {
      await planWindow(timer);
    } catch (error) {
      if (isRunwrightError(error) && ERRORS[error.code].retry) throw error;
      log.error({ err: error, window: timer.resourceId }, `a window couldn't be planned; tried again in ${PUT_OFF_MS / 1_000} s`);
      await store.write(async (tx) => {
        const same = await tx.windowTimers.lock(timer.resourceId);
        if (same?.nextAt === timer.nextAt) await tx.windowTimers.put({ ...timer, nextAt: clock.now() + PUT_OFF_MS });
      });
    }
  }

  /** However many wait, and whatever is wrong with one of them: the others have their turn. @throws what is wrong with all of them, told once */
  async function lookAtEach({ statuses, by }: { statuses: readonly DeploymentStatus[]; by: number }, look: (found: DeploymentRecord) => Promise<unknown>) {
    for (let after: DeploymentRecord | undefined; ; ) {
      const page = await store.read.deployments.opening(statuses, { by, after, limit: DEPLOYMENTS_AT_ONCE });
      for (const found of page) {
        if (stopped) return;
        try {
          await look(found);
        } catch (error) {
          if (isRunwrightError(error) && OF_ALL.includes(error.code)) throw error;
          log.error({ err: error, deployment: found.id }, "a deployment couldn't be looked at; tried again in a moment");
        }
      }
      if (page.length < DEPLOYMENTS_AT_ONCE) return;
      after = page.at(-1);
    }
  }

  async function tick(): Promise<void> {
    for (let turns = 0; turns < WINDOWS_AT_ONCE && !stopped; turns++) {
      const due = await store.read.windowTimers.due(clock.now(), WINDOWS_AT_ONCE);
      for (const timer of due) if (!stopped) await planOrPutOff(timer);
      if (due.length < WINDOWS_AT_ONCE) break;
    }
    await lookAtEach({ statuses: PENDING, by: clock.now() }, starting.look);
    await lookAtEach({ statuses: UNDER_WAY, by: Number.MAX_SAFE_INTEGER }, closing.look);
  }

  function look(): void {
    again = running !== null;
    if (running || stopped) return;
    running = tick()
      .catch((error) => log.error({ err: error }, "deployments couldn't be looked at; tried again in a moment"))
      .finally(() => {
        running = null;
        if (again) look();
      });
  }

  async function purge(): Promise<void> {
    while (!stopped && (await store.write((tx) => tx.deployments.purge(clock.now() - KEPT_MS, PURGED_AT_ONCE))) > 0);
  }

  return {
    /** One round, now, after the one that may be under way. */
    async tick(): Promise<void> {
      await running;
      await tick();
    },
    look,
    start(): void {
      store.onDue(look);
      endHearing = store.onNotice((notice) => notice.triggered && look());
      timers.push(setInterval(look, LOOK_MS));
      timers.push(
        setInterval(() => void purge().catch((error) => log.error({ err: error }, "old deployments couldn't be removed; tried again in an hour")), PURGE_MS),
      );
      look();
    },
    async stop(): Promise<void> {
      stopped = true;
      endHearing();
      for (const one of timers) clearInterval(one);
      await running;
    },
  };
}
export type Rounds = ReturnType<typeof createRounds>;
