import { RunwrightError } from "../../core/errors.ts";
import type { DeploymentMachine, DeploymentRecord, MachineLock } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";
import type { RolloutCall } from "./ports.ts";

/** The deployment of a call. Invariant: only the job that it names may carry it out. @throws NOT_FOUND, PERMISSION_DENIED */
export async function deploymentOf(reads: Pick<Store["read"], "deployments">, call: RolloutCall): Promise<DeploymentRecord> {
  return checked(await reads.deployments.get(call.deploymentId), call);
}

/** The same, and until the transaction ends nobody else changes it. */
export async function holdDeployment(tx: Writes, call: RolloutCall): Promise<DeploymentRecord> {
  return checked(await tx.deployments.lock(call.deploymentId), call);
}

function checked(deployment: DeploymentRecord | undefined, { deploymentId, onBehalfOf }: RolloutCall): DeploymentRecord {
  if (deployment === undefined) throw new RunwrightError("NOT_FOUND", `there is no deployment ${deploymentId}`);
  if (deployment.jobId !== onBehalfOf.jobId)
    throw new RunwrightError("PERMISSION_DENIED", `the deployment ${deploymentId} isn't carried out by this job; a deployment starts its job itself`);
  return deployment;
}

/** @throws MACHINE_NOT_FOUND */
export async function machineOf(reads: Pick<Store["read"], "deployments">, deploymentId: string, machineId: string): Promise<DeploymentMachine> {
  const machine = await reads.deployments.machine(deploymentId, machineId);
  if (machine === undefined) throw new RunwrightError("MACHINE_NOT_FOUND", `the deployment ${deploymentId} has no machine ${machineId}`);
  return machine;
}

/**
 * A machine on which the deployment is at work.
 * @throws CONFLICT: its turn hasn't begun, or has ended; another deployment holds it; what is offered on it wasn't compared with its plan yet
 */
export async function holdMachine(tx: Writes, deployment: DeploymentRecord, machineId: string): Promise<{ machine: DeploymentMachine; lock: MachineLock }> {
  const machine = await machineOf(tx, deployment.id, machineId);
  const [lock] = await tx.deployments.locks([machineId]);
  if (machine.status !== "InProgress" || lock?.deploymentId !== deployment.id)
    throw new RunwrightError("CONFLICT", `${machine.name} is ${machine.status} in this deployment: its turn hasn't begun, or has ended`);
  requireChecked(machine);
  return { machine, lock };
}

/** A runbook that begins a machine and doesn't wait for the answer gets no further. @throws CONFLICT */
export function requireChecked({ name, checkedAt }: DeploymentMachine): void {
  if (checkedAt === null) throw new RunwrightError("CONFLICT", `${name} is still looking what it is offered: wait until begin() has answered`);
}
