import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { RunwrightError } from "../../core/errors.ts";
import type { ConfigurationFiles } from "../../core/install.ts";
import type { ChangeContext } from "./adapter.ts";
import { isForbidden, type LockHolder, lockHolder } from "./apt-words.ts";
import type { ChangeExit, ChangeProgram, RunChange } from "./change-program.ts";
import type { RunProgram } from "./program.ts";

/** What everything that changes packages by apt needs. */
export interface AptParts {
  run: RunProgram;
  change: RunChange;
  /** Where the machine's files are. */
  root: string;
  /** Between two looks at a lock that somebody else holds, milliseconds. */
  lockPauseMs: number;
}

/** What happens to a configuration file that the owner and the new version have both changed. Without an answer dpkg asks, and fails as nobody answers. */
const CONFIGURATION_FILES: Readonly<Record<ConfigurationFiles, { dpkg: readonly string[]; ucf: Readonly<Record<string, string>> }>> = {
  keep: { dpkg: ["--force-confdef", "--force-confold"], ucf: { UCF_FORCE_CONFFOLD: "1" } },
  replace: { dpkg: ["--force-confnew"], ucf: { UCF_FORCE_CONFFNEW: "1" } }, // with confdef, too, it would keep them
};

/** `apt-get` with what lets it neither prompt, nor remove a package, nor take along what isn't asked for. */
export const aptGet = (configurationFiles: ConfigurationFiles, ...words: string[]): ChangeProgram =>
  aptGetThatMayRemove(configurationFiles, "--no-remove", ...words);

/** The same, and it may remove what is in the way. What is essential it never removes. */
export const aptGetThatMayRemove = (configurationFiles: ConfigurationFiles, ...words: string[]): ChangeProgram => ({
  file: "apt-get",
  args: [
    // Not APT::Status-Fd=1: that closes standard output for dpkg, and a package's script that writes to it fails.
    ...["-y", "-q", "-o", "Dpkg::Use-Pty=0"],
    ...CONFIGURATION_FILES[configurationFiles].dpkg.flatMap((option) => ["-o", `Dpkg::Options::=${option}`]),
    // Approving one package would upgrade all that were built from the same source.
    ...["-o", "APT::Get::Upgrade-By-Source-Package=false"],
    // Waiting is done here: apt can't be told to give up, and doesn't wait for each of its locks.
    ...["-o", "DPkg::Lock::Timeout=0"],
    ...words,
  ],
  environment: CONFIGURATION_FILES[configurationFiles].ucf,
});

export const dpkg = (configurationFiles: ConfigurationFiles, ...words: string[]): ChangeProgram => ({
  file: "dpkg",
  args: [...CONFIGURATION_FILES[configurationFiles].dpkg, ...words],
  environment: CONFIGURATION_FILES[configurationFiles].ucf,
});

/**
 * Runs apt or dpkg; while another living process holds one of the locks, again and again. The locks are the kernel's (fcntl) and end with their holder: a
 * lock file that somebody has left says nothing, and none is ever removed.
 * @throws PACKAGE_MANAGER_BUSY when it was locked for as long as the context allows; COMMAND_CANCELLED when its signal fired before it could start;
 * EXEC_FAILED when the agent may not change packages
 */
export async function whenUnlocked({ change, lockPauseMs }: AptParts, program: ChangeProgram, context: ChangeContext): Promise<ChangeExit> {
  for (;;) {
    if (context.signal.aborted) throw new RunwrightError("COMMAND_CANCELLED", `${program.file} wasn't started any more`);
    const exit = await change(program, context.logFile);
    if (exit.exitCode !== 0 && isForbidden(exit.output))
      throw new RunwrightError("EXEC_FAILED", `${program.file} must be run as root to change packages: run the agent as root`);
    const holder = exit.exitCode === 0 ? undefined : lockHolder(exit.output);
    if (holder === undefined) return exit;
    const waitedMs = context.lockWaitedMs ?? 0;
    const leftMs = context.lockTimeoutMs - waitedMs;
    if (leftMs <= 0) throw new RunwrightError("PACKAGE_MANAGER_BUSY", `${await nameOf(holder)} uses the package manager, also after ${waitedMs / 1_000} s`);
    const pauseMs = Math.min(lockPauseMs, leftMs);
    await delay(pauseMs, undefined, { signal: context.signal }).catch(() => {}); // aborted: the next round says so
    context.lockWaitedMs = waitedMs + pauseMs;
  }
}

async function nameOf({ pid, program }: LockHolder): Promise<string> {
  if (pid === undefined) return "another program";
  const name = program ?? (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim(); // it may have ended meanwhile
  return `${name || "a program"} (process ${pid})`;
}
