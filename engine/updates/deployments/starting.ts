import { approvalState, NO_APPROVAL } from "../../core/deploy/plan-approval.ts";
import { PENDING } from "../../core/deploy/status.ts";
import { frozenThroughout } from "../../core/deploy/window-preview.ts";
import { ERRORS, isRunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import { effectOf, runbookOf, type WindowRecord } from "../window-record.ts";
import { placeOfJob } from "./job-place.ts";
import { endUnstarted, moveDeployment, wordsOf } from "./moves.ts";
import { NOW_KEY } from "./opening.ts";
import { actorOfWindow, type DeploymentParts } from "./parts.ts";
import { NOTHING_MISSING, newestVersion } from "./planner.ts";
import type { Planning } from "./planning.ts";

/** Whether trying again later is all that it takes: the database is away, the engine stops. */
const passes = (error: unknown): boolean => isRunwrightError(error) && ERRORS[error.code].retry;

/**
 * Starts deployments whose window is open, and ends those whose window has closed. Never outside of it: an engine that was away starts late with what still fits, or says that it
 * came too late.
 */
export function createStarting<Prepared extends PreparedJob>({
  store,
  clock,
  jobs,
  freezes,
  audit,
  planning,
}: DeploymentParts<Prepared> & { planning: Planning }) {
  /** What keeps one from starting that is told to people, and tried again until the window closes. */
  async function hold({ id, reason }: DeploymentRecord, why: string): Promise<void> {
    if (reason === why) return;
    await store.write(async (tx) => {
      const same = await tx.deployments.lock(id);
      if (same?.status === "approved") await tx.deployments.patch(id, { reason: why });
    });
  }

  async function end(found: DeploymentRecord, how: (same: DeploymentRecord) => Parameters<typeof endUnstarted>[2] | undefined): Promise<boolean> {
    return store.write(async (tx) => {
      const same = await tx.deployments.lock(found.id);
      const ending = same && PENDING.includes(same.status) ? how(same) : undefined;
      if (!same || !ending) return false;
      await endUnstarted(tx, same, ending);
      return true;
    });
  }

  /** Its window has closed, and it never started. */
  async function expire(found: DeploymentRecord, now: number): Promise<boolean> {
    const frozen = frozenThroughout(await freezes.all(), found.scope, found);
    const closed = `the window closed at ${new Date(found.closesAt).toISOString()}`;
    return end(found, ({ status, reason, closesAt }) => {
      if (now < closesAt) return undefined;
      const base = { to: "expired", at: now, machines: "MaintenanceWindowExceeded" } as const;
      if (status === "awaitingApproval") return { ...base, reason: `${closed}, and its plan wasn't approved: ${reason}` };
      if (frozen !== null) return { ...base, reason: `${closed}: ${frozen}`, machines: "Frozen" };
      // What has held it back to the end stands there; else nobody was there to start it.
      const why = reason.startsWith(HELD) ? reason : `no engine was there to start it (${reason})`;
      return { ...base, reason: `${closed}: ${why}` };
    });
  }

  /** Nothing is in its plan. */
  async function finishEmpty(found: DeploymentRecord, now: number): Promise<boolean> {
    const rows = await store.read.deployments.machines(found.id);
    const isCalm = rows.length > 0 && rows.every(({ message }) => message === NOTHING_MISSING);
    return end(found, ({ status, reason }) => (status === "planned" ? { to: isCalm ? "succeeded" : "expired", reason, at: now } : undefined));
  }

  async function start(found: DeploymentRecord, window: WindowRecord): Promise<boolean> {
    const actor = actorOfWindow(window);
    const runbook = runbookOf(found.spec);
    const version = found.runbookVersion ?? null;
    if (version === null) {
      // Whatever is published later isn't what was planned, and maybe approved.
      const how = found.occurrence.startsWith(NOW_KEY) ? "open it anew" : `\`runwright deployment plan ${found.window}\` plans it anew`;
      await hold(found, `${HELD} the runbook ${runbook} wasn't published when this was planned; ${how} when it is [RUNBOOK_NOT_FOUND]`);
      return false;
    }
    const params = { deployment: found.id };
    const place = await placeOfJob(store, found.scope, { runbook, version });
    if (place.why !== undefined) {
      await hold(found, `${HELD} ${place.why}`);
      return false;
    }
    const prepared = await jobs
      .prepare({
        ...{ runbook, version, params, trigger: "deployment", dry: false, actor, scope: place.scope },
        ...{ correlationId: found.id, idempotencyKey: `deployment ${found.id}` },
      })
      .catch(async (error: unknown) => {
        if (!isRunwrightError(error) || passes(error) || ERRORS[error.code].status >= 500) throw error;
        await hold(found, `${HELD} it can't start ${runbook}: ${error.message} [${error.code}]`);
        return undefined;
      });
    if (!prepared) return false;
    const admitted = await store.write(async (tx) => {
      const same = await tx.deployments.lock(found.id);
      const at = clock.now();
      // Whatever was read before may have changed: only what is approved now, as it is now, in its window, starts.
      if (same?.status !== "approved" || same.planHash !== found.planHash || at < same.opensAt || at >= same.closesAt) return undefined;
      // Changed a moment ago: it is planned anew first. What somebody has opened by hand goes by what the window was then.
      const current = (await tx.resources.get(same.windowId)) as WindowRecord | undefined;
      if (!same.occurrence.startsWith(NOW_KEY) && (!current || effectOf(current.spec) !== effectOf(same.spec))) return undefined;
      // An engine of another version may have planned it in spite of that.
      const exception = await tx.deployments.exception(same.windowId, same.occurrence);
      if (exception) {
        await endUnstarted(tx, same, { to: "aborted", reason: wordsOf(exception), at });
        return undefined;
      }
      const rule = same.spec.approval ?? NO_APPROVAL;
      const { state, text } = approvalState(rule, await tx.deployments.decisions(same.id), same);
      if (state !== "approved") return undefined;
      const made = await jobs.admit(tx, prepared);
      const { id: jobId, version, scope } = made.job;
      const late = at - same.opensAt;
      const reason = late > LATE_MS ? `started ${Math.round(late / 60_000)} min after its window had opened; ${text}` : text;
      await moveDeployment(tx, same, { to: "running", reason, at, jobId, startedAt: at });
      audit(tx, {
        actor,
        operation: "job.run",
        target: `runbook:${runbook}`,
        scope,
        details: { job: jobId, version, deployment: same.id },
        correlationId: same.id,
      });
      audit(tx, {
        actor,
        operation: "deployment.start",
        target: `deployment:${same.id}`,
        scope: same.scope,
        details: { job: jobId, planHash: same.planHash },
        correlationId: same.id,
      });
      return made;
    });
    if (admitted) jobs.tell(admitted);
    return admitted !== undefined;
  }

  async function decide(found: DeploymentRecord): Promise<boolean> {
    const now = clock.now();
    if (now < found.opensAt) return false; // the clock was set back since it was read
    if (found.status === "planned") return finishEmpty(found, now);
    if (now >= found.closesAt) return expire(found, now);
    if (found.status === "awaitingApproval") return false;
    const window = (await store.read.resources.get(found.windowId)) as WindowRecord | undefined;
    if (!window) return end(found, () => ({ to: "aborted", reason: "its window was deleted", at: now }));
    if (window.spec.enabled === false && !found.occurrence.startsWith(NOW_KEY)) {
      await hold(found, `${HELD} its window is disabled`);
      return false;
    }
    const frozen = await freezes.at("deployments", found.scope, now);
    if (frozen) {
      await hold(found, `${HELD} ${frozen.reason}`);
      return false;
    }
    const fresh = await freshen(found, window);
    if (fresh?.status === "planned") return finishEmpty(fresh, now);
    return fresh?.status === "approved" && start(fresh, window);
  }

  /** What nobody had to approve is planned anew when its window opens: machines and updates have moved on since. @returns undefined when it has started or ended meanwhile */
  async function freshen(found: DeploymentRecord, window: WindowRecord): Promise<DeploymentRecord | undefined> {
    const { occurrence: key, spec, reason } = found;
    if ((spec.approval ?? NO_APPROVAL).count > 0 || key.startsWith(NOW_KEY)) return found;
    // What is held back is looked at each second: its plan was made anew when it was held back first, and is again when its runbook is there.
    const isThere = async () => found.runbookVersion === null && (await newestVersion(store.read, runbookOf(spec))) !== null;
    if (reason.startsWith(HELD) && !(await isThere())) return found;
    const occurrence = await planning.occurrenceOf(window, key);
    return occurrence ? planning.planAgain(window, occurrence, found) : found;
  }

  /** One deployment whose window is open or has closed. @returns whether anything was done */
  return { look: decide };
}
export type Starting = ReturnType<typeof createStarting>;

const HELD = "held back:";
const LATE_MS = 60_000;
