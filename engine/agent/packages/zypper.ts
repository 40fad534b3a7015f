import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageAdapter } from "./adapter.ts";
import { type ChangeExit, type ChangeProgram, changeRunner, type RunChange } from "./change-program.ts";
import type { RunProgram } from "./program.ts";
import type { Build, FrontEnd, RpmParts } from "./rpm-command.ts";
import { rpmStamp } from "./rpm-database.ts";
import { rpmInstall, rpmStates } from "./rpm-install.ts";
import { rpmRefresh } from "./rpm-refresh.ts";
import { rpmRepair } from "./rpm-repair.ts";
import { zypperReport } from "./zypper-list.ts";

const BATCH_SIZE = 10;
/** Lets zypper be asked by root without taking the lock for changes (libzypp, ZConfig). */
export const ZYPPER_READS = { ZYPP_READONLY_HACK: "1" };
/** ZYPPER_EXIT_ZYPP_LOCKED (zypper(8), exit codes). */
const LOCKED = 7;

const zypper = (...words: readonly string[]): ChangeProgram => ({ file: "zypper", args: ["--non-interactive", ...words] });
const named = (builds: readonly Build[]): string[] => builds.map(({ name, architecture, version }) => `${name}.${architecture}=${version}`);

/** Whom zypper names; undefined: it wasn't locked. */
export function blockingZypper({ exitCode, output }: Pick<ChangeExit, "exitCode" | "output">): string | undefined {
  if (exitCode !== LOCKED) return undefined;
  const [, pid, program] = /locked by the application with pid (\d+) \(([^)]*)\)/.exec(output) ?? [];
  return pid === undefined ? "another program" : `${program || "a program"} (process ${pid})`;
}

const frontEnd: FrontEnd = {
  blockedBy: blockingZypper,
  locks: ["/run/zypp.pid"],
  writes: ["/var/cache/zypp", "/var/lib/rpm", "/usr/lib/sysimage/rpm"],
  severalVersions: [],
  // A problem that has several solutions is a failure, and not somebody's guess; nothing is taken along that isn't needed.
  install: (builds) =>
    zypper("--no-refresh", "install", "--no-force-resolution", "--no-recommends", "--auto-agree-with-licenses", "--type", "package", "--", ...named(builds)),
  reinstall: (builds) => zypper("--no-refresh", "install", "--force", "--no-recommends", "--type", "package", "--", ...named(builds)),
};

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
  const parts: RpmParts = { run, change, root, lockPauseMs, frontEnd };
  return {
    name: "zypper",
    detect: async () => (await rpmStamp(root)) !== "" && (await isKeptByZypper(root)) && run("zypper", ["--version"]).then(Boolean, () => false),
    stamp: () => rpmStamp(root),
    inventory: () => zypperReport({ run, root }),
    change: {
      batchSize: BATCH_SIZE,
      refresh: (context) => rpmRefresh(parts, { strict: zypper("refresh", "--force") }, context),
      repair: (context) => rpmRepair(parts, undefined, context),
      states: (updates) => rpmStates(parts, updates),
      install: (updates, options, context) => rpmInstall(parts, updates, options, context),
    },
  };
}

/** Fedora has zypper to offer, too, and then it is there without repositories. A SUSE that isn't registered has none either. */
async function isKeptByZypper(root: string): Promise<boolean> {
  const files = await readdir(join(root, "etc/zypp/repos.d")).catch(() => []);
  if (files.some((file) => file.endsWith(".repo"))) return true;
  return /^ID(?:_LIKE)?=.*\b(?:suse|opensuse|sles)\b/im.test(await readFile(join(root, "etc/os-release"), "utf8").catch(() => ""));
}
