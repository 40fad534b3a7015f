import { setTimeout as delay } from "node:timers/promises";
import { RunwrightError } from "../../core/errors.ts";
import type { ChangeContext } from "./adapter.ts";
import type { ChangeExit, ChangeProgram, RunChange } from "./change-program.ts";
import type { RunProgram } from "./program.ts";
import { removeStaleLocks, rpmLockHolder } from "./rpm-locks.ts";
import { isForbidden } from "./rpm-words.ts";

/** What everything that changes packages by rpm needs. */
export interface RpmParts {
  run: RunProgram;
  change: RunChange;
  /** Where the machine's files are. */
  root: string;
  /** Between two looks at a lock that somebody else holds, milliseconds. */
  lockPauseMs: number;
  frontEnd: FrontEnd;
}

/** What dnf and zypper have each in its own way. */
export interface FrontEnd {
  /** Who holds the lock that was in its way; undefined: none was. */
  blockedBy(exit: ChangeExit): string | undefined;
  /** Files with the process id of whoever holds a lock. */
  locks: readonly string[];
  /** Folders that it fills, besides where packages go. */
  writes: readonly string[];
  /** Packages that the machine's configuration lets be there in several versions, besides kernels. */
  severalVersions: readonly string[];
  /** Installs exactly these builds over older ones, without asking. */
  install(builds: readonly Build[]): ChangeProgram;
  /** The same for one build, and it may remove what is in its way. */
  installRemoving(build: Build): ChangeProgram;
  /** Says what that would remove, and does nothing. */
  tryRemoving(build: Build): ChangeProgram;
  /** Names of packages that went, or would go, in what either of the two has written. */
  removalsIn(output: string): string[];
  /** Installs again what is installed. */
  reinstall(builds: readonly Build[]): ChangeProgram;
}

/** One build of a package. */
export interface Build {
  name: string;
  architecture: string;
  version: string;
}

/**
 * Runs a front end; while another living process holds one of the locks, again and again.
 * @throws PACKAGE_MANAGER_BUSY when it was locked for as long as the context allows; COMMAND_CANCELLED when its signal fired before it could start;
 * EXEC_FAILED when the agent may not change packages
 */
export async function whenUnlocked(parts: RpmParts, program: ChangeProgram, context: ChangeContext): Promise<ChangeExit> {
  for (;;) {
    if (context.signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", `${program.file} wasn't started any more`);
    const outcome = await attempt(parts, program, context);
    if (typeof outcome !== "string") return outcome;
    const removed = await removeStaleLocks(parts.root, parts.frontEnd.locks);
    if (removed.length > 0) {
      context.log(`runwright: ${removed.join("; ")}\n`);
      continue;
    }
    const waitedMs = context.lockWaitedMs ?? 0;
    const leftMs = context.lockTimeoutMs - waitedMs;
    if (leftMs <= 0) throw new RunwrightError("PACKAGE_MANAGER_BUSY", `${outcome} uses the package manager, also after ${waitedMs / 1_000} s`);
    const pauseMs = Math.min(parts.lockPauseMs, leftMs);
    await delay(pauseMs, undefined, { signal: context.signal }).catch(() => {}); // aborted: the next round says so
    context.lockWaitedMs = waitedMs + pauseMs;
  }
}

/** @returns how it ended or, when it was locked out, by whom */
async function attempt({ change, root, frontEnd }: RpmParts, program: ChangeProgram, context: ChangeContext): Promise<ChangeExit | string> {
  // A front end would get as far as rpm's own lock, and wait there without a limit.
  const holder = await rpmLockHolder(root);
  if (holder) return `${holder.program} (process ${holder.pid})`;
  const exit = await change(program, context.logFile);
  if (exit.exitCode === 0) return exit;
  if (isForbidden(exit.output)) throw new RunwrightError("EXEC_FAILED", `${program.file} must be run as root to change packages: run the agent as root`);
  return frontEnd.blockedBy(exit) ?? exit;
}
