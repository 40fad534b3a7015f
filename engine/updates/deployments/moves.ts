import { type DeploymentStatus, isEnded, type MachineStatus, mayBecome } from "../../core/deploy/status.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentRecord, WindowException } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { tellOfDeployment } from "../deployment-happening.ts";

/**
 * Moves a deployment whose lock the transaction holds, and tells event rules of its halt and its end. Who has ended holds no machine any more.
 * @throws CONFLICT when it can't go there from where it is
 */
export async function moveDeployment(
  tx: Writes,
  deployment: DeploymentRecord,
  { to, reason, at, jobId, startedAt }: { to: DeploymentStatus; reason: string; at: number; jobId?: string; startedAt?: number },
): Promise<DeploymentRecord> {
  const { id, status } = deployment;
  if (!mayBecome(status, to)) throw new RunwrightError("CONFLICT", `deployment ${id} is ${status} (${deployment.reason}), and can't become ${to}`);
  const fields = {
    ...{ status: to, reason },
    ...(jobId === undefined ? {} : { jobId }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(isEnded(to) ? { endedAt: at } : {}),
    ...(to === "halted" ? { haltedAt: at } : {}),
  };
  await tx.deployments.patch(id, fields);
  const moved: DeploymentRecord = { ...deployment, ...fields };
  if (isEnded(to)) await tx.deployments.releaseAll(id);
  if (isEnded(to) || to === "halted")
    await tellOfDeployment(tx, to === "halted" ? "deployment.halted" : "deployment.ended", moved, { machines: await tx.deployments.counts(id), at });
  return moved;
}

/** Why what was planned for an occurrence doesn't happen. */
export const wordsOf = ({ kind, by, reason }: Pick<WindowException, "kind" | "by" | "reason">): string => `${kind} by ${by}: ${reason}`;

/** Ends one whose job was never started: nothing was done to its machines. */
export async function endUnstarted(
  tx: Writes,
  deployment: DeploymentRecord,
  { to, reason, at, machines = "Cancelled" }: { to: "aborted" | "expired" | "succeeded"; reason: string; at: number; machines?: MachineStatus },
): Promise<DeploymentRecord> {
  await tx.deployments.settleRest(deployment.id, ["NotStarted"], { status: machines, message: reason, endedAt: at });
  return moveDeployment(tx, deployment, { to, reason, at });
}
