import type { Clock } from "../../core/clock.ts";
import type { RolloutEnd } from "../../core/deploy/rollout.ts";
import { rolloutOutcome } from "../../core/deploy/rollout-outcome.ts";
import { isEnded, type MachineStatus } from "../../core/deploy/status.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { tellOfDeployment } from "../deployment-happening.ts";
import { letGo } from "./at-work.ts";
import { outcomeNow } from "./finish.ts";
import { holdDeployment, machineOf } from "./held.ts";
import type { OnBehalfOf, RolloutCall, RolloutParts } from "./ports.ts";

/** Why the runbook ends the rollout before every machine had its turn. */
export interface EndOptions {
  /** What its gate has said: machines that haven't begun are `SkippedByGate`. */
  gate?: string;
  /** Why it counts as failed, whatever became of the machines. */
  failed?: string;
}

/**
 * Ends a deployment that is held: whoever hasn't begun gets the status that says why, whoever was in the middle is judged by what is known, all machines are let go that
 * aren't at work any more. For the
 * runbook that has come to its end, and for the round that finds that its job is gone.
 */
export async function endDeployment(
  { clock, audit }: { clock: Clock; audit: RolloutParts["audit"] },
  tx: Writes,
  deployment: DeploymentRecord,
  { gate, failed, onBehalfOf }: EndOptions & { onBehalfOf: Pick<OnBehalfOf, "actor" | "correlationId"> },
): Promise<RolloutEnd> {
  if (isEnded(deployment.status)) return { status: deployment.status, reason: deployment.reason, counts: await tx.deployments.counts(deployment.id) };
  const at = clock.now();
  const untouched = restOf(deployment, { at, gate, failed });
  for (const machine of await tx.deployments.machines(deployment.id)) {
    if (machine.status !== "InProgress") continue;
    const isTouched = machine.installCommand !== null || machine.rebootCommand !== null || machine.notes.some(({ ok }) => !ok);
    await tx.deployments.patchMachine(machine, { ...(isTouched ? await outcomeNow(tx, deployment, machine, at) : untouched), endedAt: at });
  }
  for (const { machineId } of await tx.deployments.held(deployment.id)) await letGo(tx, await machineOf(tx, deployment.id, machineId), at);
  await tx.deployments.settleRest(deployment.id, ["NotStarted"], { ...untouched, endedAt: at });
  const counts = await tx.deployments.counts(deployment.id);
  const { status, reason } = rolloutOutcome({ ...deployment, counts, gate, failed });
  await tx.deployments.patch(deployment.id, { status, reason, endedAt: at });
  const { actor, correlationId } = onBehalfOf;
  await tellOfDeployment(tx, "deployment.ended", { ...deployment, status, reason }, { machines: counts, at, correlationId });
  const details = { status, reason, window: deployment.window, counts: { ...counts } };
  audit(tx, { operation: "deployment.end", target: `deployment:${deployment.id}`, scope: deployment.scope, details, actor, correlationId });
  return { status, reason, counts };
}

/** What becomes of machines whose turn hasn't come when a rollout ends. */
export function restOf(deployment: DeploymentRecord, { at, gate, failed }: EndOptions & { at: number }): { status: MachineStatus; message: string } {
  const { status, reason, closesAt } = deployment;
  if (status === "aborting") return { status: "Cancelled", message: reason };
  if (gate !== undefined) return { status: "SkippedByGate", message: gate };
  if (at >= closesAt) {
    const message = status === "halted" ? `the rollout was halted until the window closed: ${reason}` : "the window closed before its turn";
    return { status: "MaintenanceWindowExceeded", message };
  }
  if (status === "halted") return { status: "SkippedByGate", message: `the rollout was halted: ${reason}` };
  return { status: "Cancelled", message: failed ?? "the rollout ended before its turn" };
}

export const createEnding =
  (parts: Pick<RolloutParts, "store" | "clock" | "audit">) =>
  (call: RolloutCall, options: EndOptions): Promise<RolloutEnd> =>
    parts.store.write(async (tx) => endDeployment(parts, tx, await holdDeployment(tx, call), { ...options, onBehalfOf: call.onBehalfOf }));
