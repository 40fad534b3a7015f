import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RpmPackage } from "./rpm-database.ts";
import type { Advisory } from "./rpm-updateinfo.ts";

/**
 * Packages after whose update a machine runs on with the old one until it is rebooted: those of dnf's `needs-restarting`, and zypper's kernels. The plugin itself isn't
 * asked: it is often missing, and tells that only in words.
 */
const NEED_REBOOT = new Set([
  ...[
    "kernel",
    "kernel-core",
    "kernel-rt",
    "kernel-rt-core",
    "kernel-64k-core",
    "kernel-uek",
    "kernel-uek-core",
    "kernel-default",
    "kernel-default-base",
    "kernel-azure",
  ],
  ...["glibc", "linux-firmware", "microcode_ctl", "ucode-intel", "systemd", "dbus", "dbus-broker", "dbus-daemon"],
]);

export const needsReboot = (name: string): boolean => NEED_REBOOT.has(name);

export interface RebootEvidence {
  packages: readonly RpmPackage[];
  advisories: readonly Advisory[];
  /** Unix seconds. */
  bootedAt: number;
  /** Packages that the machine's owner has added (dnf: `/etc/dnf/plugins/needs-restarting.d`). */
  configured: readonly string[];
}

/** Why the machine should be rebooted: what was installed since it booted. */
export function rpmRebootReasons({ packages, advisories, bootedAt, configured }: RebootEvidence): string[] {
  const asking = new Map<string, string>();
  for (const { id, packages: fixed } of advisories) for (const one of fixed) if (one.reboot) asking.set(`${one.name}\t${one.version}\t${one.architecture}`, id);
  return packages
    .filter(({ installedAt }) => installedAt > bootedAt)
    .flatMap(({ name, version, architecture }) => {
      const advisory = asking.get(`${name}\t${version}\t${architecture}`);
      if (advisory !== undefined) return [`${name} ${version} was installed since the boot, and ${advisory} asks for a reboot`];
      return needsReboot(name) || configured.includes(name) ? [`${name} ${version} was installed since the boot`] : [];
    })
    .sort();
}

/** Clock ticks a second in /proc, the same on every system that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS = 100;

/**
 * When the machine booted, Unix seconds: when its process 1 began, as a container boots later than its host. From the kernel's own figures, which follow when the clock is set;
 * the times of /proc/1 itself are those of the first look at it.
 */
export async function bootTime(root: string): Promise<number> {
  const read = (path: string) => readFile(join(root, path), "utf8").catch(() => "");
  const [, btime = "0"] = /^btime (\d+)$/m.exec(await read("proc/stat")) ?? [];
  // Its name may hold blanks and parentheses; what follows the last one is fields 3 and on, of which 22 is the start.
  const fields = (await read("proc/1/stat")).replace(/^[\s\S]*\)\s*/, "").split(" ");
  return Number(btime) + Math.floor(Number(fields[19] ?? 0) / TICKS);
}

/** One name a line in each `*.conf`. */
export async function configuredNeeds(root: string): Promise<string[]> {
  const folder = join(root, "etc/dnf/plugins/needs-restarting.d");
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".conf"));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8").catch(() => "")));
  return texts.flatMap((text) => text.split("\n").map((line) => line.trim())).filter((line) => line !== "" && !line.startsWith("#"));
}
