import { readFile } from "node:fs/promises";
import { release, version } from "node:os";
import { join } from "node:path";
import { compareDebianVersions } from "../../core/versions/debian.ts";
import type { DpkgPackage } from "./apt-text.ts";

/** Why the machine should be rebooted; empty: no reason is known. Plain Debian rarely writes the file that Ubuntu has, hence the kernel is compared as well. */
export async function debianRebootReasons(root: string, packages: readonly DpkgPackage[]): Promise<string[]> {
  const reasons: string[] = [];
  const asked = await readFile(join(root, "run/reboot-required"), "utf8").catch(() => undefined);
  if (asked !== undefined) {
    const by = (await readFile(join(root, "run/reboot-required.pkgs"), "utf8").catch(() => "")).split("\n").filter(Boolean);
    reasons.push(by.length > 0 ? `asked for by ${[...new Set(by)].slice(0, 10).join(", ")}` : "a package asked for it");
  }
  const kernel = newerKernel({ release: release(), version: version() }, packages);
  if (kernel !== undefined) reasons.push(kernel);
  return reasons;
}

/**
 * Compares the running kernel with the installed ones of the same flavour.
 * @param running `uname -r`, such as `6.1.0-21-amd64`, and `uname -v`, in which Debian names the package's version
 * @returns undefined, too, when the running kernel is none of the installed ones, as in a container: then nothing can be said
 */
export function newerKernel(running: { release: string; version: string }, packages: readonly DpkgPackage[]): string | undefined {
  const images = packages.flatMap((one) => {
    const [, abi, flavour] = /^linux-image-(?:unsigned-)?(\d[^-]*-[^-]+)-(.+)$/.exec(one.name) ?? [];
    return abi === undefined || flavour === undefined || one.broken ? [] : [{ ...one, release: `${abi}-${flavour}`, abi, flavour }];
  });
  const current = images.find((one) => one.release === running.release);
  if (current === undefined) return undefined;
  const newest = images.filter((one) => one.flavour === current.flavour).reduce((a, b) => (compareDebianVersions(b.abi, a.abi) > 0 ? b : a));
  if (newest.release !== current.release) return `kernel ${running.release} runs, ${newest.release} is installed`;
  const [, booted] = /\bDebian (\S+)/.exec(running.version) ?? [];
  if (booted !== undefined && compareDebianVersions(current.version, booted) > 0) return `kernel ${booted} runs, ${current.version} is installed`;
  return undefined;
}
