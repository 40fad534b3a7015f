import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { PackageChanges } from "./adapter.ts";
import type { ChangeExit, ChangeProgram } from "./change-program.ts";
import type { DnfDialect } from "./dnf-dialect.ts";
import { dnfRemovals } from "./dnf-text.ts";
import { openDnfView } from "./dnf-view.ts";
import type { Build, FrontEnd, RpmParts } from "./rpm-command.ts";
import { nevra } from "./rpm-duplicates.ts";
import { rpmInstall, rpmStates } from "./rpm-install.ts";
import { rpmRefresh } from "./rpm-refresh.ts";
import { rpmRepair } from "./rpm-repair.ts";
import { type RpmBackwards, rpmRollback } from "./rpm-rollback.ts";

/** dnf takes seconds to begin; a batch ends before a window's end or a cancellation is looked at again. */
const BATCH_SIZE = UPDATES_AT_ONCE.dnf;
/** What dnf ends with when `exit_on_lock` is set and somebody else has a lock. */
const LOCKED = 200;

const EXIT_ON_LOCK = ["--setopt=exit_on_lock=1"];
/** What became unneeded stays: nobody has chosen to remove it. */
const KEEP_UNNEEDED = "--setopt=clean_requirements_on_remove=0";

/** Never asks, and never waits for a lock by itself: dnf has no limit for that. */
const dnf = (...words: readonly string[]): ChangeProgram => ({ file: "dnf", args: ["-y", ...EXIT_ON_LOCK, ...words] });
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
  install: (builds) => dnf(...lenient, KEEP_UNNEEDED, "upgrade", ...named(builds)),
  // Without "best" it leaves out what is in conflict, whatever it may erase.
  installRemoving: (build) => dnf("--setopt=best=1", "--allowerasing", KEEP_UNNEEDED, "upgrade", ...named([build])),
  tryRemoving: (build) => ({
    file: "dnf",
    args: ["--assumeno", ...EXIT_ON_LOCK, "--setopt=best=1", "--allowerasing", KEEP_UNNEEDED, "upgrade", ...named([build])],
  }),
  removalsIn: dnfRemovals,
  reinstall: (builds) => dnf("reinstall", ...named(builds)),
});

/** What `dnf history undo` would do, of the chosen packages alone. */
const dnfBackwards = ({ run, root }: Pick<RpmParts, "run" | "root">, { cacheDirectory }: DnfDialect): RpmBackwards => ({
  downgrade: (builds) => dnf(KEEP_UNNEEDED, "downgrade", ...named(builds)),
  async offered(names) {
    if (names.length === 0) return new Set();
    await using view = await openDnfView(root, cacheDirectory);
    const text = await run("dnf", [...view.options, "repoquery", "--available", "--showduplicates", "--qf", "%{name} %{evr} %{arch}", ...names]);
    return new Set(text.split("\n").map((line) => line.replace(/ 0:/, " ")));
  },
});

export function dnfChanges(
  parts: Omit<RpmParts, "frontEnd">,
  { dialect, configured }: { dialect(): Promise<DnfDialect>; configured(): Promise<readonly string[]> },
): PackageChanges {
  const withFrontEnd = async () => {
    const found = await dialect();
    return { dialect: found, parts: { ...parts, frontEnd: dnfFrontEnd(found, await configured()) } };
  };
  const backwards = async () => {
    const found = await withFrontEnd();
    return rpmRollback(found.parts, dnfBackwards(parts, found.dialect));
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
    rollback: {
      obstacles: async (updates) => (await backwards()).obstacles(updates),
      install: async (updates, options, context) => (await backwards()).install(updates, options, context),
    },
    install: async (updates, options, context) => rpmInstall((await withFrontEnd()).parts, updates, options, context),
  };
}
