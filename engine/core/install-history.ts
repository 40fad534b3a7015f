import type { ChosenUpdate, InstalledUpdate, InstallReport, InstallStatus } from "./install.ts";
import type { CommandStatus } from "./machine.ts";
import { readable } from "./report.ts";
import type { RollbackReport } from "./rollback.ts";

const MAX = { word: 255, message: 4_000, sentences: 100, updates: 20_000 };

/** How an `install` or a `rollback` ended, of which its machine has said nothing. */
export interface SilentEnd {
  status: CommandStatus;
  code: string;
  message: string;
  /** Whether the agent may have taken the command: that it hasn't said so proves nothing. */
  sent: boolean;
}

/** What was installed by one command, fit to be kept. */
export type InstallFindings = Pick<InstallReport, "packageManager" | "updates" | "rebootPending" | "repairs" | "resumed" | "logFile">;

/**
 * What the machine says that it did. Its words are its own: they are cut and cleaned; each update counts once; and of what was chosen and isn't in the report it is said
 * that nothing is known. What is in another version than the one that was chosen hasn't succeeded.
 */
export function reportedInstall(report: InstallReport, chosen: readonly ChosenUpdate[]): InstallFindings {
  const updates = new Map<string, InstalledUpdate>();
  const wanted = Map.groupBy(chosen.map(named), updateKey);
  for (const update of report.updates.map(toInstalled)) {
    const key = updateKey(update);
    if (updates.size < MAX.updates && !updates.has(key)) updates.set(key, asWanted(update, wanted.get(key)));
  }
  for (const update of chosen.map((one) => untold(one, "NotStarted", "the machine's report doesn't name it")))
    if (!updates.has(updateKey(update))) updates.set(updateKey(update), update);
  return {
    packageManager: readable(report.packageManager, MAX.word),
    updates: [...updates.values()],
    rebootPending: report.rebootPending,
    repairs: report.repairs.slice(0, MAX.sentences).map((repair) => readable(repair, MAX.message)),
    resumed: report.resumed,
    logFile: readable(report.logFile, MAX.message),
  };
}

/** What a machine says that it took back: each package's way from the version that the install had left to the one before. What wasn't possible wasn't tried, and says why. */
export function reportedRollback(report: RollbackReport, chosen: readonly ChosenUpdate[]): InstallFindings {
  const updates = report.updates.map(
    ({ status, version, fromVersion, ...update }): InstalledUpdate => ({
      ...update,
      status: status === "NotPossible" ? "NotStarted" : status,
      ...{ version: fromVersion ?? version, fromVersion: version, startedAt: null, endedAt: null },
    }),
  );
  return reportedInstall({ ...report, updates, rebootReasons: [] }, chosen);
}

/** The same when there is no report: all that was chosen has the same fate. */
export function silentInstall(end: SilentEnd, chosen: readonly ChosenUpdate[]): InstallFindings {
  const message = readable(`${end.code}: ${end.message}`, MAX.message);
  // By their names as they are kept: one that was chosen twice has one fate.
  const updates = new Map(chosen.map((one) => untold(one, fateOf(end), message)).map((update) => [updateKey(update), update]));
  return { packageManager: "", updates: [...updates.values()], rebootPending: false, repairs: [], resumed: 0, logFile: "" };
}

function fateOf({ status, code, sent }: SilentEnd): InstallStatus {
  if (code === "COMMAND_CANCELLED") return "Cancelled";
  // Its machine may still be at it, and tell later.
  if (status === "expired") return sent ? "InProgress" : "NotStarted";
  return "Failed";
}

function asWanted(update: InstalledUpdate, [wanted, ...others]: readonly ChosenUpdate[] = []): InstalledUpdate {
  const isOther = wanted !== undefined && [wanted, ...others].every(({ version }) => version !== update.version);
  if (!isOther || update.status !== "Succeeded") return update;
  const said = update.message === "" ? "" : `: ${update.message}`;
  return { ...update, status: "Failed", message: readable(`it was to be ${wanted.version}, and the machine says ${update.version}${said}`, MAX.message) };
}

/** Names an update among those of one install, by its name as it is kept. */
export const updateKey = ({ name, architecture }: Pick<ChosenUpdate, "name" | "architecture">): string =>
  JSON.stringify([readable(name, MAX.word), readable(architecture, MAX.word)]);

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
