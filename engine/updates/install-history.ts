import { type ErrorCode, isRunwrightError } from "../core/errors.ts";
import type { ChangeAction, ChosenUpdate } from "../core/install.ts";
import { type InstallFindings, reportedInstall, reportedRollback, silentInstall } from "../core/install-history.ts";
import type { CommandStatus } from "../core/machine.ts";
import { installArgs } from "../protocol/agent.ts";
import { readInstallReport } from "../protocol/install-report.ts";
import { rollbackArgs, rollbackReport } from "../protocol/rollback.ts";
import type { CommandRecord } from "../store/records/commands.ts";
import type { Writes } from "../store/store.ts";

/** How a command ended: with a value, or why it has none. */
export type Ended = { status: "completed"; value: unknown } | { status: Exclude<CommandStatus, "completed">; error: { code: string; message: string } };

/**
 * Keeps what an `install` or a `rollback` has done, in the transaction that ends its command: whatever is known of the one is known of the other. A report that comes late takes the
 * place of what was written when nobody expected it any more. Commands of other actions leave no trace here.
 */
export async function recordInstall(
  tx: Pick<Writes, "installs">,
  { command, args, outcome, at }: { command: CommandRecord; args(): unknown; outcome: Ended; at: number },
): Promise<void> {
  const kept = keptOf(command, args);
  if (kept === undefined) return;
  const findings = findingsOf(command, kept, outcome);
  const isOver = findings.updates.every(({ status }) => status !== "InProgress") && !isLetFinish(command, outcome);
  await tx.installs.put({
    ...findings,
    ...{ commandId: command.id, machineId: command.machineId, action: kept.action, jobId: command.jobId },
    startedAt: command.acknowledgedAt ?? command.sentAt ?? command.createdAt,
    endedAt: isOver ? at : null,
  });
}

/** A command that was cancelled when its machine may have been at it: a package manager isn't interrupted, and the machine has the last word. */
const isLetFinish = ({ sentAt, endedAt }: CommandRecord, ended: Ended): boolean =>
  ended.status !== "completed" && ended.error.code === ("COMMAND_CANCELLED" satisfies ErrorCode) && sentAt !== null && endedAt === null;

interface Kept {
  action: ChangeAction;
  chosen: readonly ChosenUpdate[];
}

/** @returns undefined: it changes no package. A rollback that was only planned changes none either. */
function keptOf({ action }: CommandRecord, args: () => unknown): Kept | undefined {
  if (action === "install") return { action, chosen: chosenOf(() => installsOf(args())) };
  if (action !== "rollback") return undefined;
  let isPlan = false;
  const chosen = chosenOf(() => {
    const given = args();
    if (!rollbackArgs.Check(given)) return [];
    isPlan = given.plan === true;
    return given.updates.map(({ name, architecture, version, fromVersion }) => ({ name, architecture, version: fromVersion ?? version }));
  });
  return isPlan ? undefined : { action, chosen };
}

const installsOf = (given: unknown): readonly ChosenUpdate[] => (installArgs.Check(given) ? given.updates : []);

/** Arguments that were altered in the store don't keep the command from ending. */
function chosenOf(read: () => readonly ChosenUpdate[]): readonly ChosenUpdate[] {
  try {
    return read();
  } catch (error) {
    if (isRunwrightError(error, "DATABASE_DAMAGED") || isRunwrightError(error, "MASTER_KEY_WRONG")) return [];
    throw error;
  }
}

function findingsOf({ sentAt }: CommandRecord, { action, chosen }: Kept, ended: Ended): InstallFindings {
  const sent = sentAt !== null;
  if (ended.status !== "completed") return silentInstall({ status: ended.status, ...ended.error, sent }, chosen);
  if (action === "rollback" && rollbackReport.Check(ended.value)) return reportedRollback(ended.value, chosen);
  const report = action === "install" ? readInstallReport(ended.value) : undefined;
  if (report) return reportedInstall(report, chosen);
  return silentInstall(
    {
      status: "failed",
      code: "INTERNAL",
      message: `the machine's agent sent something that is no report of ${action === "install" ? "an install" : "a rollback"}`,
      sent,
    },
    chosen,
  );
}
