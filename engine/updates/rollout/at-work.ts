import { isFinal } from "../../core/job.ts";
import type { DeploymentMachine } from "../../store/records/deployments.ts";
import type { Store, Writes } from "../../store/store.ts";

export type WorkReads = Pick<Store["read"] | Writes, "deployments" | "jobs" | "commands">;

/** What changes a machine. */
export const CHANGES: readonly string[] = ["install", "rollback", "reboot"];
/** What runs on a machine when its time is over is let finish: a package manager is never interrupted, and who isn't heard of for so long is lost. */
export const LET_FINISH_MS = 6 * 3_600_000;

/**
 * Whether something that was sent to a machine may still be changing it, also when nobody waits for it any more: its command is open, or has expired or was cancelled after
 * it was sent: a package manager isn't interrupted, and a machine that was told to go down goes down. Its last word ends that; of an agent that never comes back it is the time: six hours after its command's deadline.
 */
export async function isAtWork(reads: Pick<WorkReads, "commands">, machineId: string, now: number): Promise<boolean> {
  const since = now - LET_FINISH_MS;
  const sent = [...(await reads.commands.open(machineId)), ...(await reads.commands.unheard(machineId, since))];
  return sent.some(({ action, deadlineAt }) => CHANGES.includes(action) && deadlineAt > since);
}

/**
 * Whether a command is named on the machine's row and doesn't exist yet: it may be sent in the next moment, as long as the job that is to send it goes on (a job that has ended
 * sends nothing) and the window lasts.
 */
export async function mayBeSent(reads: WorkReads, { deploymentId, installCommand, rebootCommand, closesAt }: DeploymentMachine, now: number): Promise<boolean> {
  if (now >= closesAt) return false;
  const jobId = (await reads.deployments.get(deploymentId))?.jobId ?? null;
  const job = jobId === null ? undefined : await reads.jobs.get(jobId);
  if (job && isFinal(job.status)) return false;
  for (const id of [installCommand, rebootCommand]) if (id !== null && (await reads.commands.get(id)) === undefined) return true;
  return false;
}

/** Lets a machine go whose turn has ended, unless it is still at work or will be: then `letGoAtLast` does, or whoever takes it next. */
export async function letGo(tx: Writes, machine: DeploymentMachine, now: number): Promise<void> {
  if ((await isAtWork(tx, machine.machineId, now)) || (await mayBeSent(tx, machine, now))) return;
  await tx.deployments.releaseMachine(machine.machineId, machine.deploymentId);
}
