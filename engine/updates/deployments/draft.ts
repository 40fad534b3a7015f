import type { PlannedMachine } from "../../core/deploy/plan.ts";
import { approvalState, NO_APPROVAL } from "../../core/deploy/plan-approval.ts";
import type { DeploymentStatus } from "../../core/deploy/status.ts";
import type { DeploymentRecord, NewDeploymentMachine, PlanDecision } from "../../store/records/deployments.ts";
import type { WindowRecord } from "../window-record.ts";
import { type MadePlan, NOTHING_MISSING } from "./planner.ts";

/** Rows of machines that a plan leaves alone bear this wave. */
export const NO_WAVE = -1;

/** Where a deployment stands that hasn't started, by its plan and what was decided about it. */
export function standing(
  { spec, changerId, machines, notIncluded, hash }: Pick<MadePlan, "spec" | "changerId" | "machines" | "notIncluded" | "hash">,
  { decisions, requesterId }: { decisions: readonly PlanDecision[]; requesterId: string },
): { status: DeploymentStatus; reason: string } {
  if (machines.length === 0) {
    const reasons = notIncluded.filter(({ reason }) => reason !== NOTHING_MISSING).length;
    const calm = notIncluded.length - reasons;
    if (notIncluded.length === 0) return { status: "planned", reason: "its selector matches no machine" };
    const others = reasons === 0 ? "" : `, and ${reasons} can't be planned for`;
    return { status: "planned", reason: `there is nothing to do: on ${calm} of ${notIncluded.length} machines ${NOTHING_MISSING}${others}` };
  }
  const { state, text } = approvalState(spec.approval ?? NO_APPROVAL, decisions, { planHash: hash, requesterId, changerId });
  return { status: state === "approved" ? "approved" : "awaitingApproval", reason: text };
}

/** The rows of a new deployment. */
export function deploymentOf(
  window: Pick<WindowRecord, "id" | "name" | "scope">,
  plan: MadePlan,
  made: { id: string; at: number; requestedBy: string; requesterId: string; retryOf: string | null },
): DeploymentRecord {
  const { spec, changerId, changedBy, occurrence, opensAt, closesAt, allowedFailures, runbookVersion, hookVersions, hash } = plan;
  const { at, ...who } = made;
  return {
    ...who,
    ...{ scope: window.scope, windowId: window.id, window: window.name, spec, changerId, changedBy, occurrence, opensAt, closesAt },
    ...standing(plan, { decisions: [], requesterId: made.requesterId }),
    ...{ planHash: hash, allowedFailures, forgiven: 0, runbookVersion, hookVersions, createdAt: at, startedAt: null, endedAt: null, jobId: null, hooks: [] },
  };
}

/** Machines of a plan in its order, then those that it leaves alone. */
export function machinesOfPlan(deploymentId: string, { machines, notIncluded, opensAt, closesAt }: MadePlan): NewDeploymentMachine[] {
  const nothing = {
    startedAt: null,
    endedAt: null,
    installCommand: null,
    rebootCommand: null,
    bootIdBefore: null,
    bootIdAfter: null,
    rebootState: "NotNeeded",
  } as const;
  const planned = machines.map(({ opensAt: from, closesAt: to, ...plan }, place): NewDeploymentMachine => {
    // Nothing of it fits: it is known now, and needs no command.
    const isOver = plan.updates.length === 0 && plan.left.length > 0 && plan.reboot === "no";
    return {
      ...{ deploymentId, machineId: plan.id, name: plan.name, wave: plan.wave, place, opensAt: from, closesAt: to, plan, ...nothing },
      ...(isOver
        ? { status: "MaintenanceWindowExceeded", message: `nothing fits: ${plan.left[0]?.name} ${plan.left[0]?.reason}` }
        : { status: "NotStarted", message: "" }),
    };
  });
  const left = notIncluded.map(({ id, name, reason }, i): NewDeploymentMachine => {
    const plan: PlannedMachine = { id, name, wave: NO_WAVE, startsAt: opensAt, expected: { p50: 0, p95: 0 }, reboot: "no", updates: [], left: [] };
    const place = { deploymentId, machineId: id, name, wave: NO_WAVE, place: machines.length + i, opensAt, closesAt };
    return { ...place, plan, ...nothing, status: "NotIncluded", message: reason };
  });
  return [...planned, ...left];
}
