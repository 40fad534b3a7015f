import { isSpent } from "../../core/deploy/budget.ts";
import type { MachineCounts } from "../../core/deploy/rollout.ts";
import { failedOf } from "../../core/deploy/rollout-outcome.ts";
import { type DeploymentStatus, mayBecome } from "../../core/deploy/status.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { tellOfDeployment } from "../deployment-happening.ts";
import type { OnBehalfOf, RolloutParts } from "./ports.ts";

/**
 * Halts a rollout when it has to be. Whoever asks holds the deployment. Who has failed to install has failed, also before its turn is ended: a runbook that puts that off gets
 * no further.
 * @param unverified a machine that ends now, and whose reboot couldn't be proven, by name: no other one may follow it
 * @returns where the deployment is then
 */
export async function haltIfDue(
  parts: Pick<RolloutParts, "clock" | "audit">,
  tx: Writes,
  deployment: DeploymentRecord,
  { counts, unverified, onBehalfOf }: { counts: MachineCounts; unverified: string | undefined; onBehalfOf: OnBehalfOf },
): Promise<DeploymentStatus> {
  if (!mayBecome(deployment.status, "halted")) return deployment.status;
  const reason = unverified !== undefined ? `the reboot of ${unverified} isn't proven` : overBudget(await failuresOf(tx, deployment, counts), deployment);
  if (reason === undefined) return deployment.status;
  await changeStatus(parts, tx, deployment, { status: "halted", reason, counts, onBehalfOf });
  return "halted";
}

/** Moves a deployment that is held; a move that isn't allowed any more changes nothing. */
export async function changeStatus(
  { clock, audit }: Pick<RolloutParts, "clock" | "audit">,
  tx: Writes,
  deployment: DeploymentRecord,
  { status, reason, counts, onBehalfOf }: { status: "halted" | "aborting"; reason: string; counts: MachineCounts; onBehalfOf: OnBehalfOf },
): Promise<void> {
  if (!mayBecome(deployment.status, status)) return;
  const { actor, correlationId } = onBehalfOf;
  const at = clock.now();
  await tx.deployments.patch(deployment.id, { status, reason, ...(status === "halted" ? { haltedAt: at } : {}) });
  if (status === "halted") await tellOfDeployment(tx, "deployment.halted", { ...deployment, status, reason }, { machines: counts, at, correlationId });
  const operation = status === "halted" ? "deployment.halt" : "deployment.abort";
  audit(tx, {
    operation,
    target: `deployment:${deployment.id}`,
    scope: deployment.scope,
    details: { reason, window: deployment.window },
    actor,
    correlationId,
  });
}

/** How many have failed by now: those whose turn has ended, and those that have said so in it. */
export const failuresOf = async (tx: Writes, { id }: Pick<DeploymentRecord, "id">, counts: MachineCounts): Promise<number> =>
  failedOf(counts) + (await tx.deployments.failing(id));

function overBudget(failed: number, { allowedFailures, forgiven }: DeploymentRecord): string | undefined {
  if (!isSpent(failed, allowedFailures, forgiven)) return undefined;
  const since = forgiven > allowedFailures ? `, and ${forgiven} had when it was continued` : "";
  return `${failed} ${failed === 1 ? "machine has" : "machines have"} failed, ${allowedFailures} may${since}`;
}
