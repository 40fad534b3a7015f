import { isEnded, type MachineStatus } from "../../core/deploy/status.ts";
import { isFinal } from "../../core/job.ts";
import type { CommandRecord } from "../../store/records/commands.ts";
import type { MachineLock } from "../../store/records/deployments.ts";
import type { Writes } from "../../store/store.ts";
import { CHANGES, isAtWork, mayBeSent, type WorkReads } from "./at-work.ts";

/** In these a deployment that goes on keeps its machine. */
const KEPT: readonly MachineStatus[] = ["InProgress", "RebootUnverified"];

/**
 * Who holds a machine: a deployment in which it has its turn, or the job that takes one back; and beyond that, for as long as what was sent to it may still be changing it.
 * @returns in words; undefined: the lock is nobody's
 */
export async function holderOf(reads: WorkReads, { machineId, deploymentId: holder }: MachineLock, now: number): Promise<string | undefined> {
  const deployment = await reads.deployments.get(holder);
  const machine = deployment && (await reads.deployments.machine(holder, machineId));
  const words = deployment ? `the deployment ${holder} of the window ${deployment.window}` : `the rollback ${holder}`;
  if (machine && !isEnded(deployment.status) && KEPT.includes(machine.status)) return words;
  const job = deployment ? undefined : await reads.jobs.get(holder);
  if (job && !isFinal(job.status)) return words;
  return (await isAtWork(reads, machineId, now)) || (machine && (await mayBeSent(reads, machine, now))) ? `${words}: it is still at work` : undefined;
}

/**
 * Invariant: one machine, one that changes it. A lock whose holder has ended is taken over.
 * @returns who holds it instead, in words
 */
export async function takeMachine(tx: Writes, machineId: string, { holder, at }: { holder: string; at: number }): Promise<string | undefined> {
  const lock = await tx.deployments.takeMachine(machineId, holder, at);
  if (lock.deploymentId === holder) return undefined;
  const other = await holderOf(tx, lock, at);
  if (other !== undefined) return other;
  await tx.deployments.releaseMachine(machineId, lock.deploymentId);
  await tx.deployments.takeMachine(machineId, holder, at);
  return undefined;
}

/**
 * The same of a machine on which nothing is at work: jobs install and reboot by themselves, too. Invariant: it is looked at after the lock was taken, and whoever stores such a
 * command takes it meanwhile (`requireUnheld`): one of the two sees the other.
 * @returns why it isn't taken, in words
 */
export async function takeIdle(
  tx: Writes,
  { machineId, name }: { machineId: string; name: string },
  by: { holder: string; at: number },
): Promise<string | undefined> {
  const other = await takeMachine(tx, machineId, by);
  if (other !== undefined) return `${name} is held by ${other}`;
  if (!(await isAtWork(tx, machineId, by.at))) return undefined;
  await tx.deployments.releaseMachine(machineId, by.holder);
  return `${name} is still at work on what somebody else has asked of it`;
}

/** A machine's last word on what was sent to it lets it go, when its turn was over before. Called in the transaction that ends a command, after its install was recorded. */
export async function letGoAtLast(tx: Writes, { command: { machineId, action }, at }: { command: CommandRecord; at: number }): Promise<void> {
  if (!CHANGES.includes(action)) return;
  const [held] = await tx.deployments.locks([machineId]);
  // Whoever ends its turn at this moment doesn't see the word yet, and would leave it to this one.
  if (held) await tx.deployments.lock(held.deploymentId);
  const [lock] = held ? await tx.deployments.locks([machineId]) : [];
  if (lock && (await holderOf(tx, lock, at)) === undefined) await tx.deployments.releaseMachine(machineId, lock.deploymentId);
}
