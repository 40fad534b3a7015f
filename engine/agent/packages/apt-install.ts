import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { compareDebianVersions } from "../../core/versions/debian.ts";
import { type BatchResult, type ChangeContext, type InstallOptions, keyOf } from "./adapter.ts";
import { type AptParts, aptGet, aptGetThatMayRemove, whenUnlocked } from "./apt-command.ts";
import type { DpkgPackage } from "./apt-text.ts";
import { failureOf, isDiskFull, removalsIn } from "./apt-words.ts";
import { askDpkg, byName, type Installed, installedOf } from "./dpkg-states.ts";
import { withRemovals } from "./removals.ts";

/** Debian policy 5.6: what apt could take for an option, a pattern or another package isn't a name. */
export const NAME = /^[a-z0-9][a-z0-9+.-]+$/;
export const ARCHITECTURE = /^[a-z0-9-]+$/;
export const VERSION = /^(?:\d+:)?\d[A-Za-z0-9.+~-]*$/;

/**
 * Installs one batch: all in one call, and when apt refuses that (one held or impossible package is enough), each by itself. What counts is what dpkg says
 * afterwards: the exit code is 100, too, when all went well and an older broken package failed once more.
 * Others are removed for one update alone, never for a batch, so that it is known for which.
 */
export async function aptInstall(
  parts: AptParts,
  updates: readonly ChosenUpdate[],
  { configurationFiles, allowRemovals = false }: InstallOptions,
  context: ChangeContext,
): Promise<BatchResult> {
  const before = byName(await askDpkg(parts.run));
  const failed = new Map<string, string>();
  const untried = new Set<string>();
  const wanted: ChosenUpdate[] = [];
  for (const update of updates) {
    const reason = unfit(update, installedOf(before, update));
    if (reason !== undefined) failed.set(keyOf(update), reason);
    else if (!isInstalled(before, update)) wanted.push(update);
  }
  if (wanted.length === 0) return { failed };

  const removed = new Map<string, readonly string[]>();
  const attempt = async (some: readonly ChosenUpdate[]): Promise<string> => {
    const [one] = some;
    const mayRemove = allowRemovals && some.length === 1;
    const { output } = await whenUnlocked(
      parts,
      (mayRemove ? aptGetThatMayRemove : aptGet)(configurationFiles, "install", "--only-upgrade", ...some.map(askedFor)),
      context,
    );
    if (mayRemove && one) removed.set(keyOf(one), removalsIn(output));
    return output;
  };
  const failureIn = (output: string, name: string): string => withRemovals(failureOf(output, name), allowRemovals ? [] : removalsIn(output));
  const together = await attempt(wanted);
  let after = byName(await askDpkg(parts.run));
  const touched = (update: ChosenUpdate): boolean => !isSame(installedOf(before, update), installedOf(after, update));
  if (isDiskFull(together) && !wanted.some(touched)) throw new RunwrightError("DISK_FULL", failureOf(together, wanted[0]?.name ?? ""));
  const wordsOf = wanted.length === 1 ? failureIn : failureOf; // of several it isn't known for which one others would go
  const words = new Map(wanted.map((update) => [keyOf(update), wordsOf(together, update.name)]));

  if (wanted.length > 1 && !isDiskFull(together)) {
    let busy: string | undefined;
    for (const update of wanted.filter((one) => !isInstalled(after, one) && !touched(one))) {
      if (busy !== undefined) {
        words.set(keyOf(update), busy); // whoever waited in vain once doesn't wait again for each of them
        continue;
      }
      try {
        words.set(keyOf(update), failureIn(await attempt([update]), update.name));
      } catch (error) {
        if (!isRunwrightError(error)) throw error;
        if (error.code === "COMMAND_CANCELLED") untried.add(keyOf(update));
        else words.set(keyOf(update), error.message);
        if (error.code === "PACKAGE_MANAGER_BUSY") busy = error.message; // somebody else has taken the lock meanwhile
      }
    }
    after = byName(await askDpkg(parts.run));
  }
  for (const update of wanted) {
    const key = keyOf(update);
    if (!untried.has(key) && !isInstalled(after, update)) failed.set(key, words.get(key) || `it is still ${describe(installedOf(after, update))}`);
  }
  for (const key of failed.keys()) removed.delete(key);
  return { failed, untried, removed };
}

/** Why it can't be asked for, in words. */
function unfit({ name, architecture, version }: ChosenUpdate, installed: DpkgPackage | undefined): string | undefined {
  if (!NAME.test(name) || !ARCHITECTURE.test(architecture) || !VERSION.test(version)) return "that isn't a name, architecture and version of a package";
  if (installed === undefined) return "it isn't installed on this machine";
  if (installed.held) return `it is held at ${installed.version} on this machine (apt-mark unhold ${name})`;
  return undefined;
}

/** A newer version, which somebody else has installed meanwhile, will do: apt would have to go back. */
function isInstalled(installed: Installed, update: ChosenUpdate): boolean {
  const found = installedOf(installed, update);
  return found !== undefined && !found.broken && compareDebianVersions(found.version, update.version) >= 0;
}

/** An architecture of `all` isn't part of a name that apt understands. */
export const qualified = ({ name, architecture }: ChosenUpdate): string => `${name}${architecture === "all" ? "" : `:${architecture}`}`;
export const askedFor = (update: ChosenUpdate): string => `${qualified(update)}=${update.version}`;
const isSame = (a: DpkgPackage | undefined, b: DpkgPackage | undefined): boolean => a?.version === b?.version && a?.broken === b?.broken;
const describe = (found: DpkgPackage | undefined): string =>
  found === undefined ? "not installed" : `${found.version}${found.broken ? ", half installed" : ""}`;
