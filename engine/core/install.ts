import type { RebootBehaviour } from "./update.ts";

/** What became of one update in one install. Azure's names (docs: Update Management, query logs), and what it lacks. */
export const INSTALL_STATUSES = ["NotStarted", "InProgress", "Succeeded", "Failed", "MaintenanceWindowExceeded", "Cancelled"] as const;
export type InstallStatus = (typeof INSTALL_STATUSES)[number];

/** What changes packages, and is kept in the history of a machine. */
export const CHANGE_ACTIONS = ["install", "rollback"] as const;
export type ChangeAction = (typeof CHANGE_ACTIONS)[number];

/** What happens to a configuration file that both the machine's owner and the new version have changed. */
export const CONFIGURATION_FILES = ["keep", "replace"] as const;
export type ConfigurationFiles = (typeof CONFIGURATION_FILES)[number];

/** One update to install, exactly in this version. */
export interface ChosenUpdate {
  name: string;
  architecture: string;
  version: string;
}

/** What became of it, by what the package database says afterwards and not by an exit code. */
export interface InstalledUpdate extends ChosenUpdate {
  /** Before; null: it wasn't installed. */
  fromVersion: string | null;
  status: InstallStatus;
  /** Why it failed or wasn't tried, in the package manager's words where there are any. */
  message: string;
  /** Unix milliseconds by the machine's clock; null: it wasn't tried. */
  startedAt: number | null;
  endedAt: number | null;
}

/** What an agent answers to `install`. */
export interface InstallReport {
  packageManager: string;
  updates: readonly InstalledUpdate[];
  rebootPending: boolean;
  rebootReasons: readonly string[];
  /** What was mended first, in words, such as "dpkg --configure -a finished 2 packages". */
  repairs: readonly string[];
  /** The run was interrupted by a crash or a reboot so often and went on. */
  resumed: number;
  /** Where the machine keeps everything that the package manager has written. */
  logFile: string;
}

/** Whether installing it may need a reboot. */
export const mayReboot = (behaviour: RebootBehaviour): boolean => behaviour !== "never";

/**
 * How many updates an agent gives its package manager in one call, at most. What has begun is let finish, so a call ends before the end of a window or a cancellation is looked at
 * again: few where that matters. softwareupdate judges each by its own exit code; pacman does all or nothing.
 */
export const UPDATES_AT_ONCE = { apt: 5, dnf: 10, zypper: 10, apk: 10, pacman: 10_000, "windows-update": 5, softwareupdate: 1 } as const;
/** @param packageManager of a machine's report; of one that isn't known, all */
export const updatesAtOnce = (packageManager = ""): number =>
  Object.entries(UPDATES_AT_ONCE).find(([name]) => name === packageManager)?.[1] ?? Number.POSITIVE_INFINITY;
