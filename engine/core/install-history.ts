import type { ChosenUpdate, InstalledUpdate, InstallReport, InstallStatus } from "./install.ts";
import type { CommandStatus } from "./machine.ts";
import { readable } from "./report.ts";

const MAX = { word: 255, message: 4_000, sentences: 100, updates: 20_000 };

/** How an `install` ended, of which its machine has said nothing. */
export interface SilentEnd {
  status: CommandStatus;
  code: string;
  message: string;
  /** Whether the agent had taken the command. */
  acknowledged: boolean;
}

/** What was installed by one command, fit to be kept. */
export type InstallFindings = Pick<InstallReport, "packageManager" | "updates" | "rebootPending" | "repairs" | "resumed" | "logFile">;

/**
 * What the machine says that it did. Its words are its own: they are cut and cleaned; each update counts once; and of what was chosen and isn't in the report it is said
 * that nothing is known.
 */
export function reportedInstall(report: InstallReport, chosen: readonly ChosenUpdate[]): InstallFindings {
  const updates = new Map<string, InstalledUpdate>();
  for (const update of report.updates.map(toInstalled)) if (updates.size < MAX.updates) updates.set(keyOf(update), updates.get(keyOf(update)) ?? update);
  for (const update of chosen)
    if (!updates.has(keyOf(update))) updates.set(keyOf(update), untold(update, "NotStarted", "the machine's report doesn't name it"));
  return {
    packageManager: readable(report.packageManager, MAX.word),
    updates: [...updates.values()],
    rebootPending: report.rebootPending,
    repairs: report.repairs.slice(0, MAX.sentences).map((repair) => readable(repair, MAX.message)),
    resumed: report.resumed,
    logFile: readable(report.logFile, MAX.message),
  };
}

/** The same when there is no report: all that was chosen has the same fate. */
export function silentInstall(end: SilentEnd, chosen: readonly ChosenUpdate[]): InstallFindings {
  const message = readable(`${end.code}: ${end.message}`, MAX.message);
  const updates = chosen.map((update) => untold(update, fateOf(end), message));
  return { packageManager: "", updates, rebootPending: false, repairs: [], resumed: 0, logFile: "" };
}

function fateOf({ status, code, acknowledged }: SilentEnd): InstallStatus {
  if (code === "COMMAND_CANCELLED") return "Cancelled";
  // Its machine may still be at it, and tell later.
  if (status === "expired") return acknowledged ? "InProgress" : "NotStarted";
  return "Failed";
}

const keyOf = ({ name, architecture }: ChosenUpdate): string => JSON.stringify([name, architecture]);

const untold = ({ name, architecture, version }: ChosenUpdate, status: InstallStatus, message: string): InstalledUpdate => ({
  ...named({ name, architecture, version }),
  ...{ fromVersion: null, status, message, startedAt: null, endedAt: null },
});

const named = ({ name, architecture, version }: ChosenUpdate): ChosenUpdate => ({
  name: readable(name, MAX.word),
  architecture: readable(architecture, MAX.word),
  version: readable(version, MAX.word),
});

const toInstalled = ({ fromVersion, status, message, startedAt, endedAt, ...update }: InstalledUpdate): InstalledUpdate => ({
  ...named(update),
  ...{ fromVersion: fromVersion === null ? null : readable(fromVersion, MAX.word), status, message: readable(message, MAX.message), startedAt, endedAt },
});
