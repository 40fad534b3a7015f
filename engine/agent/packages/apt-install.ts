import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { compareDebianVersions } from "../../core/versions/debian.ts";
import { type BatchResult, type ChangeContext, type InstallOptions, keyOf } from "./adapter.ts";
import { type AptParts, aptGet, whenUnlocked } from "./apt-command.ts";
import type { DpkgPackage } from "./apt-text.ts";
import { failureOf, isDiskFull } from "./apt-words.ts";
import { askDpkg, installedOf } from "./dpkg-states.ts";

/** Debian policy 5.6: what apt could take for an option, a pattern or another package isn't a name. */
const NAME = /^[a-z0-9][a-z0-9+.-]+$/;
const ARCHITECTURE = /^[a-z0-9-]+$/;
const VERSION = /^(?:\d+:)?\d[A-Za-z0-9.+~-]*$/;

/**
 * Installs one batch: all in one call, and when apt refuses that (one held or impossible package is enough), each by itself. What counts is what dpkg says
 * afterwards: the exit code is 100, too, when all went well and an older broken package failed once more.
 */
export async function aptInstall(
  parts: AptParts,
  updates: readonly ChosenUpdate[],
  { configurationFiles }: InstallOptions,
  context: ChangeContext,
): Promise<BatchResult> {
  const before = await askDpkg(parts.run);
  const failed = new Map<string, string>();
  const wanted: ChosenUpdate[] = [];
  for (const update of updates) {
    const reason = unfit(update, installedOf(before, update));
    if (reason !== undefined) failed.set(keyOf(update), reason);
    else if (!isInstalled(before, update)) wanted.push(update);
  }
  if (wanted.length === 0) return { failed };

  const attempt = async (some: readonly ChosenUpdate[]): Promise<string> =>
    (await whenUnlocked(parts, aptGet(configurationFiles, "install", "--only-upgrade", ...some.map(askedFor)), context)).output;
  const together = await attempt(wanted);
  let after = await askDpkg(parts.run);
  const touched = (update: ChosenUpdate): boolean => !isSame(installedOf(before, update), installedOf(after, update));
  if (isDiskFull(together) && !wanted.some(touched)) throw new RunwrightError("DISK_FULL", failureOf(together, wanted[0]?.name ?? ""));
  const words = new Map(wanted.map((update) => [keyOf(update), failureOf(together, update.name)]));

  if (wanted.length > 1 && !isDiskFull(together)) {
    for (const update of wanted.filter((one) => !isInstalled(after, one) && !touched(one))) {
      // The batch has begun: somebody else may have taken the lock since, which is no failure of the others.
      const alone = await attempt([update]).catch((error: unknown) => {
        if (!isRunwrightError(error)) throw error;
        return `E: ${error.message}`;
      });
      words.set(keyOf(update), failureOf(alone, update.name));
    }
    after = await askDpkg(parts.run);
  }
  for (const update of wanted) {
    if (!isInstalled(after, update)) failed.set(keyOf(update), words.get(keyOf(update)) || `it is still ${describe(installedOf(after, update))}`);
  }
  return { failed };
}

/** Why it can't be asked for, in words. */
function unfit({ name, architecture, version }: ChosenUpdate, installed: DpkgPackage | undefined): string | undefined {
  if (!NAME.test(name) || !ARCHITECTURE.test(architecture) || !VERSION.test(version)) return "that isn't a name, architecture and version of a package";
  if (installed === undefined) return "it isn't installed on this machine";
  if (installed.held) return `it is held at ${installed.version} on this machine (apt-mark unhold ${name})`;
  return undefined;
}

/** A newer version, which somebody else has installed meanwhile, will do: apt would have to go back. */
function isInstalled(packages: readonly DpkgPackage[], update: ChosenUpdate): boolean {
  const found = installedOf(packages, update);
  return found !== undefined && !found.broken && compareDebianVersions(found.version, update.version) >= 0;
}

/** An architecture of `all` isn't part of a name that apt understands. */
const askedFor = ({ name, architecture, version }: ChosenUpdate): string => `${name}${architecture === "all" ? "" : `:${architecture}`}=${version}`;
const isSame = (a: DpkgPackage | undefined, b: DpkgPackage | undefined): boolean => a?.version === b?.version && a?.broken === b?.broken;
const describe = (found: DpkgPackage | undefined): string =>
  found === undefined ? "not installed" : `${found.version}${found.broken ? ", half installed" : ""}`;
