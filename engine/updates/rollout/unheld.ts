import { type CallId, callKey } from "../../core/call-id.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Writes } from "../../store/store.ts";
import { takeMachine } from "./lock-holder.ts";

/**
 * For installs and reboots that jobs ask for by themselves, in the transaction that stores the command. A machine that a deployment holds is left to it, and a job that carries a
 * deployment out changes machines by the steps of the rollout alone: nothing gets around its guards. What was begun before is let finish.
 * @throws CONFLICT, PERMISSION_DENIED
 */
export async function requireUnheld(tx: Writes, id: CallId, { machineId, at }: { machineId: string; at: number }): Promise<void> {
  const command = callKey(id);
  if ((await tx.commands.get(command)) !== undefined) return;
  const own = await tx.deployments.ofJob(id.jobId);
  if (own !== undefined)
    throw new RunwrightError("PERMISSION_DENIED", `this job carries out the deployment ${own.id}: use its machines' steps, such as install() and reboot()`);
  // Taken until the command is stored, and no longer: a deployment that takes it at this moment waits for that, and finds the command.
  const holder = await takeMachine(tx, machineId, { holder: command, at });
  if (holder !== undefined) throw new RunwrightError("CONFLICT", `the machine is held by ${holder}; try again when its turn has ended`);
  await tx.deployments.releaseMachine(machineId, command);
}
