import { INSTALL_STATUSES } from "./install.ts";

/** What one install has changed: the version that it left, and the one before. */
export interface ChangedPackage {
  name: string;
  architecture: string;
  /** That the install has left. */
  version: string;
  /** Before it; null: the package was new. */
  fromVersion: string | null;
}

/** What became of taking one update back. `NotPossible`: it wasn't tried, and the message says why. */
export const ROLLBACK_STATUSES = [...INSTALL_STATUSES, "NotPossible"] as const;
export type RollbackStatus = (typeof ROLLBACK_STATUSES)[number];

/** Judged by the package database. In a plan `NotStarted` means: it would go back. */
export interface TakenBack extends ChangedPackage {
  status: RollbackStatus;
  message: string;
}

/** What an agent answers to `rollback`. */
export interface RollbackReport {
  packageManager: string;
  updates: readonly TakenBack[];
  rebootPending: boolean;
  repairs: readonly string[];
  /** The run was interrupted by a crash or a reboot so often and went on. */
  resumed: number;
  /** Where the machine keeps what the package manager has written; empty: nothing was run. */
  logFile: string;
}

/** Kernels are kept beside each other, or taken back by the boot loader: the older one is booted, not installed over the newer. */
const KERNEL = /^(?:linux-(?:image|modules|headers|generic|virtual|lowlatency|aws|azure|gcp)\b|kernel(?:$|-(?:core|modules|devel|default|uek|rt|lt|ml)\b))/;

/** What needs no package manager to be known. @param installed version in the package database; undefined: it isn't there @returns what becomes of it without being tried */
export function settledBefore(
  { name, version, fromVersion }: ChangedPackage,
  installed: string | undefined,
): Pick<TakenBack, "status" | "message"> | undefined {
  const never = (message: string) => ({ status: "NotPossible", message }) as const;
  if (KERNEL.test(name)) return never("a kernel isn't taken back: boot the older one, which is still installed where the system keeps several");
  if (fromVersion === null) return never("it was new on this machine: there is no earlier version to go back to");
  if (installed === undefined) return never("it isn't installed any more");
  if (installed === fromVersion) return { status: "Succeeded", message: `it is at ${fromVersion}: there was nothing to take back` };
  if (installed !== version) return never(`it is ${installed} now, and not what that install has left (${version}): somebody has changed it since`);
  return undefined;
}
