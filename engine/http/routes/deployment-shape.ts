import { DEFAULT_APPROVERS, NO_APPROVAL } from "../../core/deploy/plan-approval.ts";
import type { StatusCounts } from "../../core/deploy/rollout-outcome.ts";
import { WINDOW_DEFAULTS } from "../../core/deploy/spec.ts";
import { DEFAULT_WAVES } from "../../core/deploy/waves.ts";
import { openWindow, REBOOT_RESERVE_MS } from "../../core/deploy/window.ts";
import { formatDuration, parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Deployment, DeploymentMachine } from "../../protocol/http/deployments.ts";
import { toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { DeploymentRecord, DeploymentMachine as MachineRow } from "../../store/records/deployments.ts";

/** A deployment for people and programs. */
export function shownDeployment(found: DeploymentRecord | undefined, machines: StatusCounts): Deployment {
  if (!found) throw new RunwrightError("INTERNAL", "a deployment that was just written is missing");
  const { id, window, scope, occurrence, opensAt, closesAt, status, reason, planHash, allowedFailures, requestedBy, jobId, retryOf, spec } = found;
  const { count, roles = DEFAULT_APPROVERS, byRequester = false } = spec.approval ?? NO_APPROVAL;
  const reserve = spec.rebootReserve === undefined ? REBOOT_RESERVE_MS : parseDuration(spec.rebootReserve);
  return {
    ...{ id, window, scope, occurrence, opensAt: toTime(opensAt), closesAt: toTime(closesAt) },
    reserveFrom: toTime(openWindow(opensAt, closesAt - opensAt, reserve).reserveFrom),
    ...{ status, reason, planHash, machines: { ...machines }, allowedFailures },
    approval: { count, roles: [...roles], byRequester },
    settings: {
      waves: spec.waves ?? DEFAULT_WAVES,
      maxParallel: spec.maxParallel ?? WINDOW_DEFAULTS.maxParallel,
      errorBudget: spec.errorBudget ?? WINDOW_DEFAULTS.errorBudget,
      soak: spec.soak ?? WINDOW_DEFAULTS.soak,
      reboot: spec.reboot ?? WINDOW_DEFAULTS.reboot,
      rebootReserve: formatDuration(reserve),
      selector: spec.selector ?? null,
      runbook: spec.runbook ?? WINDOW_DEFAULTS.runbook,
      runbookVersion: found.runbookVersion ?? null,
      hookVersions: found.hookVersions ?? {},
    },
    ...{ requestedBy, jobId, retryOf },
    ...{ createdAt: toTime(found.createdAt), startedAt: toTimeOrNull(found.startedAt), endedAt: toTimeOrNull(found.endedAt) },
  };
}

export function shownMachine({
  machineId,
  name,
  wave,
  status,
  message,
  opensAt,
  closesAt,
  plan,
  rebootState,
  startedAt,
  endedAt,
  notes,
  ...proof
}: MachineRow): DeploymentMachine {
  return {
    ...{ id: machineId, name, wave: wave < 0 ? null : wave, status, message, opensAt: toTime(opensAt), closesAt: toTime(closesAt) },
    ...{ expectedStart: toTime(plan.startsAt), expected: plan.expected, reboot: plan.reboot, rebootState },
    updates: plan.updates.map((update) => ({ ...update })),
    left: plan.left.map(({ name: update, version, reason }) => ({ name: update, version, reason })),
    ...{ startedAt: toTimeOrNull(startedAt), endedAt: toTimeOrNull(endedAt) },
    ...{ installCommand: proof.installCommand, rebootCommand: proof.rebootCommand, bootIdBefore: proof.bootIdBefore, bootIdAfter: proof.bootIdAfter },
    notes: notes.map(({ at, what, ok, message: said }) => ({ at: toTime(at), what, ok, message: said })),
  };
}
