import type { RebootBehaviour } from "./update.ts";

/** What became of one update in one install. Azure's names (docs: Update Management, query logs), and what it lacks. */
export const INSTALL_STATUSES = ["NotStarted", "InProgress", "Succeeded", "Failed", "MaintenanceWindowExceeded", "Cancelled"] as const;
export type InstallStatus = (typeof INSTALL_STATUSES)[number];

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
