import type { CommandRecord } from "../../store/records/commands.ts";
import type { Writes } from "../../store/store.ts";
import { outcomeNow } from "./finish.ts";

/**
 * A machine says what became of its install when its turn is long over, also that it has failed: that is the truth, and takes the place of what was assumed. Called in the transaction that ends its
 * command, after the install was recorded. The deployment itself stays as it ended.
 */
export async function reconcileLateReport(
  tx: Writes,
  { command, outcome, at }: { command: CommandRecord; outcome: { status: string }; at: number },
): Promise<void> {
  // That nobody waits any more is no word of the machine.
  if (command.action !== "install" || outcome.status === "expired") return;
  const found = await tx.deployments.ofInstall(command.id);
  // Its turn may be ended at this moment, by what was known before: whoever holds the deployment comes first, and is seen.
  const deployment = found && (await tx.deployments.lock(found.deploymentId));
  const machine = deployment && (await tx.deployments.machine(deployment.id, found.machineId));
  if (deployment === undefined || machine === undefined || machine.endedAt === null) return;
  const install = await tx.installs.get(command.id);
  if (install?.endedAt == null) return; // it was cancelled, and is still at it
  const now = await outcomeNow(tx, deployment, machine, machine.endedAt);
  const status = now.status === "Succeeded" ? "SucceededWithWarnings" : now.status;
  if (status === machine.status && machine.message.startsWith(now.message)) return; // it has said so before
  const minutes = Math.max(0, Math.round((at - machine.endedAt) / 60_000));
  await tx.deployments.patchMachine(machine, {
    status,
    message: `${now.message}; reported ${minutes} min late, it had counted as ${machine.status}`,
    ...(install.rebootPending ? { rebootState: stillPending(machine.rebootState) } : {}),
  });
}

const stillPending = <State extends string>(state: State): State | "Required" => (state === "NotNeeded" ? "Required" : state);
