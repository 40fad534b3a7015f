import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UPDATES_AT_ONCE } from "../../core/install.ts";
import type { PackageAdapter } from "./adapter.ts";
import { type ChangeExit, type ChangeProgram, changeRunner, type RunChange } from "./change-program.ts";
import type { RunProgram } from "./program.ts";
import type { Build, FrontEnd, RpmParts } from "./rpm-command.ts";
import { rpmStamp } from "./rpm-database.ts";
import { rpmInstall, rpmStates } from "./rpm-install.ts";
import { rpmRefresh } from "./rpm-refresh.ts";
import { rpmRepair } from "./rpm-repair.ts";
import { type RpmBackwards, rpmRollback, spellingOf } from "./rpm-rollback.ts";
import { zyppMultiversion } from "./zypp-multiversion.ts";
import { zypperReport } from "./zypper-list.ts";
import { parseSearch, zypperRemovals } from "./zypper-text.ts";

const BATCH_SIZE = UPDATES_AT_ONCE.zypper;
/** Lets zypper be asked by root without taking the lock for changes (libzypp, ZConfig). */
export const ZYPPER_READS = { ZYPP_READONLY_HACK: "1" };
/** ZYPPER_EXIT_ZYPP_LOCKED (zypper(8), exit codes). */
const LOCKED = 7;

const zypper = (...words: readonly string[]): ChangeProgram => ({ file: "zypper", args: ["--non-interactive", ...words] });
const EXACTLY = ["--no-recommends", "--auto-agree-with-licenses", "--type", "package"];
const named = (builds: readonly Build[]): string[] => builds.map(({ name, architecture, version }) => `${name}.${architecture}=${version}`);

/** Whom zypper names; undefined: it wasn't locked. */
export function blockingZypper({ exitCode, output }: Pick<ChangeExit, "exitCode" | "output">): string | undefined {
  if (exitCode !== LOCKED) return undefined;
  const [, pid, program] = /locked by the application with pid (\d+) \(([^)]*)\)/.exec(output) ?? [];
  return pid === undefined ? "another program" : `${program || "a program"} (process ${pid})`;
}

const zypperFrontEnd = (severalVersions: readonly string[]): FrontEnd => ({
  blockedBy: blockingZypper,
  locks: ["/run/zypp.pid"],
  writes: ["/var/cache/zypp", "/var/lib/rpm", "/usr/lib/sysimage/rpm"],
  severalVersions,
  // A problem that has several solutions is a failure, and not somebody's guess; nothing is taken along that isn't needed.
  install: (builds) => zypper("--no-refresh", "install", "--no-force-resolution", ...EXACTLY, "--", ...named(builds)),
  installRemoving: (build) => zypper("--no-refresh", "install", "--force-resolution", ...EXACTLY, "--", ...named([build])),
  tryRemoving: (build) => zypper("--no-refresh", "install", "--dry-run", "--force-resolution", ...EXACTLY, "--", ...named([build])),
  removalsIn: zypperRemovals,
  reinstall: (builds) => zypper("--no-refresh", "install", "--force", "--no-recommends", "--type", "package", "--", ...named(builds)),
});

const zypperBackwards = (run: RunProgram): RpmBackwards => ({
  downgrade: (builds) => zypper("--no-refresh", "install", "--oldpackage", "--no-force-resolution", ...EXACTLY, "--", ...named(builds)),
  async offered(names) {
    if (names.length === 0) return new Set();
    const question = ["--xmlout", "--no-refresh", "search", "--details", "--type", "package", "--match-exact", "--", ...names];
    return new Set(parseSearch(await run("zypper", question)).map(spellingOf));
  },
});

/**
 * SUSE's distributions.
 * @param run asks with `ZYPPER_READS` in its environment
 * @param root where the machine's files are; tests have theirs elsewhere
 */
export function createZypper({
  run,
  change = changeRunner(),
  root = "/",
  lockPauseMs = 1_000,
}: {
  run: RunProgram;
  change?: RunChange;
  root?: string;
  lockPauseMs?: number;
}): PackageAdapter {
  // Read before each use: the owner may have changed it meanwhile.
  const partsNow = async (): Promise<RpmParts> => ({ run, change, root, lockPauseMs, frontEnd: zypperFrontEnd(await zyppMultiversion(root)) });
  return {
    name: "zypper",
    detect: async () => (await rpmStamp(root)) !== "" && (await isKeptByZypper(root)) && run("zypper", ["--version"]).then(Boolean, () => false),
    stamp: () => rpmStamp(root),
    inventory: () => zypperReport({ run, root }),
    change: {
      batchSize: BATCH_SIZE,
      refresh: async (context) => rpmRefresh(await partsNow(), { strict: zypper("refresh", "--force") }, context),
      repair: async (context) => rpmRepair(await partsNow(), undefined, context),
      states: async (updates) => rpmStates(await partsNow(), updates),
      install: async (updates, options, context) => rpmInstall(await partsNow(), updates, options, context),
      rollback: {
        obstacles: async (updates) => rpmRollback(await partsNow(), zypperBackwards(run)).obstacles(updates),
        install: async (updates, options, context) => rpmRollback(await partsNow(), zypperBackwards(run)).install(updates, options, context),
      },
    },
  };
}

/** Fedora has zypper to offer, too, and then it is there without repositories. A SUSE that isn't registered has none either. */
async function isKeptByZypper(root: string): Promise<boolean> {
  const files = await readdir(join(root, "etc/zypp/repos.d")).catch(() => []);
  if (files.some((file) => file.endsWith(".repo"))) return true;
  return /^ID(?:_LIKE)?=.*\b(?:suse|opensuse|sles)\b/im.test(await readFile(join(root, "etc/os-release"), "utf8").catch(() => ""));
}
