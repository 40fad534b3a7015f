import { isEnded, type MachineStatus } from "../../core/deploy/status.ts";
import type { Freezing } from "../../core/freeze.ts";
import type { DeploymentMachine, DeploymentRecord } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";

/** Why nothing more is begun on a machine to which nothing was done yet. */
export interface CalledOff {
  status: MachineStatus;
  message: string;
}

export function calledOff({ status, reason }: DeploymentRecord, freezing: Freezing | undefined): CalledOff | undefined {
  if (status === "aborting" || isEnded(status)) return { status: "Cancelled", message: reason };
  return freezing && { status: "Frozen", message: freezing.reason };
}

/** Ends a machine's turn before anything was done to it. */
export async function callOff(tx: Writes, machine: DeploymentMachine, why: CalledOff, at: number): Promise<void> {
  await tx.deployments.patchMachine(machine, { ...why, endedAt: at });
  await tx.deployments.releaseMachine(machine.machineId, machine.deploymentId);
}
