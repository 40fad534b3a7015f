import type { PackageChanges } from "./adapter.ts";
import type { ChangeExit, ChangeProgram } from "./change-program.ts";
import type { DnfDialect } from "./dnf-dialect.ts";
import type { Build, FrontEnd, RpmParts } from "./rpm-command.ts";
import { nevra } from "./rpm-duplicates.ts";
import { rpmInstall, rpmStates } from "./rpm-install.ts";
import { rpmRefresh } from "./rpm-refresh.ts";
import { rpmRepair } from "./rpm-repair.ts";

/** dnf takes seconds to begin; a batch ends before a window's end or a cancellation is looked at again. */
const BATCH_SIZE = 10;
/** What dnf ends with when `exit_on_lock` is set and somebody else has a lock. */
const LOCKED = 200;

/** Never asks, and never waits for a lock by itself: dnf has no limit for that. */
const dnf = (...words: readonly string[]): ChangeProgram => ({ file: "dnf", args: ["-y", "--setopt=exit_on_lock=1", ...words] });
const named = (builds: readonly Build[]): string[] => builds.map(({ name, version, architecture }) => nevra(name, version, architecture));

/** Whom dnf names; undefined: it wasn't locked. */
export function blockingDnf({ exitCode, output }: Pick<ChangeExit, "exitCode" | "output">): string | undefined {
  if (exitCode !== LOCKED) return undefined;
  const [, pid] = /\b(?:pid|PID)\b[ :]+(\d+)/.exec(output) ?? [];
  return pid === undefined ? "another program" : `process ${pid}`;
}

export const dnfFrontEnd = ({ lenient, locks, cacheDirectory }: DnfDialect, severalVersions: readonly string[]): FrontEnd => ({
  blockedBy: blockingDnf,
  locks,
  writes: [cacheDirectory, "/var/lib/rpm", "/usr/lib/sysimage/rpm"],
  severalVersions,
  // What became unneeded stays: nobody has chosen to remove it.
  install: (builds) => dnf(...lenient, "--setopt=clean_requirements_on_remove=0", "upgrade", ...named(builds)),
  reinstall: (builds) => dnf("reinstall", ...named(builds)),
});

export function dnfChanges(
  parts: Omit<RpmParts, "frontEnd">,
  { dialect, configured }: { dialect(): Promise<DnfDialect>; configured(): Promise<readonly string[]> },
): PackageChanges {
  const withFrontEnd = async () => {
    const found = await dialect();
    return { dialect: found, parts: { ...parts, frontEnd: dnfFrontEnd(found, await configured()) } };
  };
  return {
    batchSize: BATCH_SIZE,
    async refresh(context) {
      const { parts } = await withFrontEnd();
      const fetch = (skip: 0 | 1) => dnf("--refresh", `--setopt=*.skip_if_unavailable=${skip}`, "makecache");
      await rpmRefresh(parts, { strict: fetch(0), lenient: fetch(1) }, context);
    },
    async repair(context) {
      const { parts, dialect } = await withFrontEnd();
      const removeDuplicates = dialect.removeDuplicates && dnf(...dialect.removeDuplicates);
      return rpmRepair(parts, removeDuplicates, context);
    },
    states: async (updates) => rpmStates((await withFrontEnd()).parts, updates),
    install: async (updates, options, context) => rpmInstall((await withFrontEnd()).parts, updates, options, context),
  };
}
