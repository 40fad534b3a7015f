import { access } from "node:fs/promises";
import { join } from "node:path";
import { isRunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { type BatchResult, type ChangeContext, type InstallOptions, keyOf } from "./adapter.ts";
import { type AptParts, aptGet, whenUnlocked } from "./apt-command.ts";
import { ARCHITECTURE, askedFor, NAME, qualified, VERSION } from "./apt-install.ts";
import { type Policy, parsePolicy } from "./apt-text.ts";
import { failureOf, removalsIn } from "./apt-words.ts";
import { askDpkg, byName, type Installed, installedOf } from "./dpkg-states.ts";
import { withRemovals } from "./removals.ts";

/** Debian keeps one version of each package in a suite: the one before is often gone, and then only the archive cache may have it. */
export async function aptObstacles(parts: AptParts, updates: readonly ChosenUpdate[]): Promise<Map<string, string>> {
  const installed = byName(await askDpkg(parts.run));
  const sources = await sourcesOf(parts, updates);
  return new Map(updates.flatMap((update) => obstacleTo(update, { installed, sources }).map((reason) => [keyOf(update), reason] as const)));
}

function obstacleTo(update: ChosenUpdate, { installed, sources }: { installed: Installed; sources: ReadonlyMap<string, string> }): string[] {
  const { name, architecture, version } = update;
  if (!isFit(update)) return ["that isn't a name, architecture and version of a package"];
  const found = installedOf(installed, update);
  if (found?.held) return [`it is held at ${found.version} on this machine (apt-mark unhold ${name})`];
  return sources.has(keyOf(update)) ? [] : [`${version} of ${name} (${architecture}) isn't offered by any repository any more, and isn't in the archive cache`];
}

/** What apt is asked for, by `keyOf`: a version that a repository offers, else a file of the archive cache. */
async function sourcesOf({ run, root }: AptParts, updates: readonly ChosenUpdate[]): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const fit = updates.filter(isFit);
  for (let at = 0; at < fit.length; at += ASKED_AT_ONCE) {
    const some = fit.slice(at, at + ASKED_AT_ONCE);
    const policies = parsePolicy(await run("apt-cache", ["policy", ...some.map(qualified)]), ANY_ORIGIN);
    for (const update of some) {
      // Of the machine's own architecture apt prints names without it.
      const policy = policies.get(qualified(update)) ?? policies.get(update.name);
      if (policy && isOffered(policy, update.version)) sources.set(keyOf(update), askedFor(update));
      else for (const file of await cached(root, update)) sources.set(keyOf(update), file);
    }
  }
  return sources;
}

/** Names in one call of apt-cache. */
const ASKED_AT_ONCE = 500;
/** Every index counts: which one it is doesn't matter here. */
const ANY_ORIGIN = { get: (description: string) => (description.endsWith("/var/lib/dpkg/status") ? undefined : { text: description, security: false }) };

const isOffered = ({ versions }: Policy, version: string): boolean => versions.some((one) => one.version === version && one.origins.length > 0);

/** As apt names its archives: a colon of the version is `%3a`. Between two versions a package may have become one for all architectures, or for one. */
async function cached(root: string, { name, architecture, version }: ChosenUpdate): Promise<string[]> {
  for (const one of [architecture, "all"]) {
    const file = join(root, "var/cache/apt/archives", `${name}_${version.replaceAll(":", "%3a")}_${one}.deb`);
    if (await isThere(file)) return [file];
  }
  return [];
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const isFit = ({ name, architecture, version }: ChosenUpdate): boolean => NAME.test(name) && ARCHITECTURE.test(architecture) && VERSION.test(version);

/** Back to exactly these versions: all in one call, as siblings need each other in one version, and when apt refuses that, each by itself. Nothing is removed for it. */
export async function aptRollback(
  parts: AptParts,
  updates: readonly ChosenUpdate[],
  { configurationFiles }: InstallOptions,
  context: ChangeContext,
): Promise<BatchResult> {
  const sources = await sourcesOf(parts, updates);
  const failed = new Map<string, string>();
  const untried = new Set<string>();
  const installed = async () => byName(await askDpkg(parts.run));
  const attempt = async (some: readonly ChosenUpdate[]): Promise<string> => {
    const asked = some.flatMap((update) => sources.get(keyOf(update)) ?? []);
    // dpkg's own default, which the machine's configuration may have switched off.
    const options = ["-o", "Dpkg::Options::=--force-downgrade", "--allow-downgrades"];
    return (await whenUnlocked(parts, aptGet(configurationFiles, ...options, "install", ...asked), context)).output;
  };
  const words = (output: string, { name }: ChosenUpdate): string => withRemovals(failureOf(output, name), removalsIn(output));

  const before = await installed();
  const wanted = updates.filter((update) => sources.has(keyOf(update)) && !isAt(before, update));
  const together = wanted.length === 0 ? "" : await attempt(wanted);
  let now = await installed();
  const left = wanted.filter((update) => !isAt(now, update));
  for (const update of left) failed.set(keyOf(update), words(together, update));
  for (const update of left.length > 0 && wanted.length > 1 ? left : []) {
    if (isAt(await installed(), update)) continue; // a sibling has taken it along
    try {
      failed.set(keyOf(update), words(await attempt([update]), update));
    } catch (error) {
      if (!isRunwrightError(error)) throw error;
      if (error.code === "COMMAND_CANCELLED") untried.add(keyOf(update));
      else failed.set(keyOf(update), error.message); // somebody else has taken the lock meanwhile
    }
  }
  now = await installed();
  for (const update of updates) {
    if (isAt(now, update)) failed.delete(keyOf(update));
    else if (!untried.has(keyOf(update)))
      failed.set(keyOf(update), failed.get(keyOf(update)) || `it is still ${installedOf(now, update)?.version ?? "not installed"}`);
  }
  for (const key of untried) failed.delete(key);
  return { failed, untried };
}

function isAt(installed: Installed, update: ChosenUpdate): boolean {
  const found = installedOf(installed, update);
  return found !== undefined && !found.broken && found.version === update.version;
}
