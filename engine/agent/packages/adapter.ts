import type { ChosenUpdate, ConfigurationFiles } from "../../core/install.ts";
import type { Inventory } from "../../core/update.ts";

/** What the machine's package manager says; when and in which order is added by the reporter. */
export type PackageReport = Omit<Inventory, "collectedAt">;

/** What an adapter gets to change the machine. */
export interface ChangeContext {
  /** Fires when no further batch may start. What runs is let finish: a package manager is never killed. */
  signal: AbortSignal;
  /** Adds words of the adapter's own to the log file. */
  log(chunk: string): void;
  /**
   * To which package managers write themselves, appending (`change-program.ts`). A pipe to the agent would break when the agent ends, and a package manager
   * or a package's script that can't write stops half way.
   */
  logFile: string;
  /** How long to wait for locks that other living processes hold, milliseconds, in all that is done with this context. */
  lockTimeoutMs: number;
  /** So much of it is used up already: whoever waits adds to it. */
  lockWaitedMs?: number;
}

export interface InstallOptions {
  configurationFiles: ConfigurationFiles;
  /** An update may remove other packages; default: such an update fails alone, and says what it would remove. */
  allowRemovals?: boolean;
}

/** What one batch has done: the package database tells, not the exit code. */
export interface BatchResult {
  /** By `keyOf`; those of the batch that are neither here nor untried have succeeded. */
  failed: ReadonlyMap<string, string>;
  /** By `keyOf`; those that weren't begun any more, as the signal fired before their turn came. */
  untried?: ReadonlySet<string>;
  /** By `keyOf`: names of packages that went for one that has succeeded. */
  removed?: ReadonlyMap<string, readonly string[]>;
}

/** One package manager. */
export interface PackageAdapter {
  /** Such as `apt`. */
  name: string;
  /** Whether this machine is kept by it. */
  detect(): Promise<boolean>;
  /** Only reads: no lock, no root, no network. Never rejects for what the package manager says: problems are part of the report. */
  inventory(): Promise<PackageReport>;
  /** Changes whenever packages are installed or removed, and is cheap to ask. */
  stamp(): Promise<string>;
  /** What changes the machine; absent: this adapter only lists. */
  change?: PackageChanges;
}

/** What the package database says of one package. */
export interface PackageState {
  version: string;
  /** Unpacked and configured; false: an interrupted or failed run has left it half way. */
  whole: boolean;
}

export interface PackageChanges {
  /** At most so many updates are given to one `install`: a batch ends before the next one may be held back. */
  batchSize: number;
  /** Fetches the lists of what is available. @throws REPOSITORY_UNUSABLE (unreachable, bad signature, bad hash), PACKAGE_MANAGER_BUSY, DISK_FULL, COMMAND_CANCELLED */
  refresh(context: ChangeContext): Promise<void>;
  /**
   * Mends what an interrupted run has left: half-configured packages, locks whose holder is dead.
   * @returns what was done, in words; nothing: all was well
   * @throws PACKAGE_MANAGER_BUSY, REPAIR_FAILED, COMMAND_CANCELLED
   */
  repair(context: ChangeContext): Promise<string[]>;
  /**
   * What is installed now, by `keyOf`; only reads. Absent: the inventory tells, for package managers that know no packages that are installed by half.
   * @throws Error when the package manager doesn't say
   */
  states?(updates: readonly ChosenUpdate[]): Promise<ReadonlyMap<string, PackageState>>;
  /**
   * Installs exactly these, and what they need. Those that are installed already count as installed. Never prompts.
   * @throws PACKAGE_MANAGER_BUSY, DISK_FULL when nothing of it could be tried; COMMAND_CANCELLED when the signal came before it could start
   */
  install(updates: readonly ChosenUpdate[], options: InstallOptions, context: ChangeContext): Promise<BatchResult>;
  /** Absent: it can't be told to. */
  rollback?: PackageRollback;
}

/** Where a package manager can go back to an exact earlier version. */
export interface PackageRollback {
  /** Only reads, no network. @returns by `keyOf`, why one can't go back to this version; who isn't there can */
  obstacles(updates: readonly ChosenUpdate[]): Promise<ReadonlyMap<string, string>>;
  /** Installs exactly these versions over newer ones, never others; like `install` otherwise. */
  install: PackageChanges["install"];
}

export const keyOf = ({ name, architecture }: Pick<ChosenUpdate, "name" | "architecture">): string => `${name}:${architecture}`;

/** What is reported by a machine on which no adapter fits: known not to be known. */
export const unsupported: PackageAdapter = {
  name: "none",
  detect: async () => true,
  inventory: async () => ({
    packageManager: "none",
    listsUpdatedAt: null,
    rebootPending: false,
    rebootReasons: [],
    installed: [],
    updates: [],
    problems: ["no supported package manager"],
  }),
  stamp: async () => "",
};

export async function findAdapter(candidates: readonly PackageAdapter[]): Promise<PackageAdapter> {
  for (const adapter of candidates) if (await adapter.detect()) return adapter;
  return unsupported;
}
