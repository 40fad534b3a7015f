import { isRunwrightError } from "../core/errors.ts";
import type { ChosenUpdate } from "../core/install.ts";
import { type InstallFindings, reportedInstall, silentInstall } from "../core/install-history.ts";
import type { CommandStatus } from "../core/machine.ts";
import { installArgs, installReport } from "../protocol/agent.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { Writes } from "../store/store.ts";

/** How a command ended: with a value, or why it has none. */
export type Ended = { status: "completed"; value: unknown } | { status: Exclude<CommandStatus, "completed">; error: { code: string; message: string } };

/**
 * Keeps what an `install` has done, in the transaction that ends its command: whatever is known of the one is known of the other. A report that comes late takes the
 * place of what was written when nobody expected it any more. Commands of other actions leave no trace here.
 */
export async function recordInstall(
  tx: Pick<Writes, "installs">,
  { command, args, outcome, at }: { command: CommandRecord; args(): unknown; outcome: Ended; at: number },
): Promise<void> {
  if (command.action !== "install") return;
  const findings = findingsOf(command, chosenOf(args), outcome);
  const isOver = findings.updates.every(({ status }) => status !== "InProgress");
  await tx.installs.put({
    ...findings,
    ...{ commandId: command.id, machineId: command.machineId, jobId: command.jobId },
    startedAt: command.acknowledgedAt ?? command.sentAt ?? command.createdAt,
    endedAt: isOver ? at : null,
  });
}

/** Arguments that were altered in the store don't keep the command from ending. */
function chosenOf(args: () => unknown): readonly ChosenUpdate[] {
  try {
    const given = args();
    return installArgs.Check(given) ? given.updates : [];
  } catch (error) {
    if (isRunwrightError(error, "DATABASE_DAMAGED") || isRunwrightError(error, "MASTER_KEY_WRONG")) return [];
    throw error;
  }
}

function findingsOf({ acknowledgedAt }: CommandRecord, chosen: readonly ChosenUpdate[], ended: Ended): InstallFindings {
  const acknowledged = acknowledgedAt !== null;
  if (ended.status !== "completed") return silentInstall({ status: ended.status, ...ended.error, acknowledged }, chosen);
  if (installReport.Check(ended.value)) return reportedInstall(ended.value, chosen);
  return silentInstall(
    { status: "failed", code: "INTERNAL", message: "the machine's agent sent something that is no report of an install", acknowledged },
    chosen,
  );
}
