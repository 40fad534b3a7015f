import { RunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import { type BatchResult, type ChangeContext, type InstallOptions, keyOf, type PackageState } from "./adapter.ts";
import type { ChangeExit } from "./change-program.ts";
import { type RpmParts, whenUnlocked } from "./rpm-command.ts";
import { replaceConfiguration, startOfChanges } from "./rpm-configuration.ts";
import { newestByName, readRpmDatabase, replacedBy } from "./rpm-database.ts";
import { findDuplicates } from "./rpm-duplicates.ts";
import { isOutOfRoom } from "./rpm-room.ts";
import { isDiskFull, refusalOf, scriptletFailures } from "./rpm-words.ts";

/**
 * Installs one batch and judges by rpm's database, and by what rpm says about scripts: exit codes hide both failed scripts and packages that were left out. When the
 * whole batch is refused for one of them, the others are tried one by one.
 */
export async function rpmInstall(
  parts: RpmParts,
  updates: readonly ChosenUpdate[],
  { configurationFiles }: InstallOptions,
  context: ChangeContext,
): Promise<BatchResult> {
  const failed = new Map<string, string>();
  const states = await rpmStates(parts, updates);
  const missing = updates.filter((update) => !isThere(states, update));
  for (const update of missing) if (!states.has(keyOf(update))) failed.set(keyOf(update), `${update.name} isn't installed, so there is nothing to update`);
  const tried = missing.filter((update) => states.has(keyOf(update)));
  if (tried.length === 0) return { failed };

  const since = await startOfChanges(parts.root);
  const first = await whenUnlocked(parts, parts.frontEnd.install(tried), context);
  let outputs = first.output;
  let now = await rpmStates(parts, updates);
  const left = tried.filter((update) => !isThere(now, update));
  for (const update of left) failed.set(keyOf(update), refusalOf(first.output, update.name));
  if (first.exitCode !== 0 && tried.length > 1) {
    for (const update of left) {
      if (context.signal.aborted) {
        failed.set(keyOf(update), `it wasn't tried alone: ${failed.get(keyOf(update))}`);
        continue;
      }
      const { output } = await whenUnlocked(parts, parts.frontEnd.install([update]), context);
      outputs += output;
      failed.set(keyOf(update), refusalOf(output, update.name));
    }
    now = await rpmStates(parts, updates);
  }
  for (const update of tried) if (isThere(now, update)) failed.delete(keyOf(update));
  const isNoneThere = tried.every((update) => failed.has(keyOf(update)));
  if (isNoneThere && (isDiskFull(outputs) || (await isOutOfRoom(parts.root, parts.frontEnd.writes)))) throw new RunwrightError("DISK_FULL", refusalOf(outputs));

  for (const { script, nevra, words } of scriptletFailures(outputs)) {
    const update = tried.find((one) => spellings(one).includes(nevra));
    if (update && !failed.has(keyOf(update)))
      failed.set(keyOf(update), `${update.version} is installed, and its %${script} script failed: ${words}`.slice(0, 1_000));
  }
  if (configurationFiles === "replace") {
    const names = tried.filter((update) => isThere(now, update)).map(({ name }) => name);
    for (const words of await replaceConfiguration(parts.run, parts.root, names, since)) context.log(`runwright: ${words}\n`);
  }
  return { failed };
}

export type { ChangeExit };

const spellings = ({ name, version, architecture }: ChosenUpdate): string[] => [
  `${name}-${version}.${architecture}`,
  `${name}-${version.replace(/^\d+:/, "")}.${architecture}`,
];

/** A newer version than the chosen one came with another update, and is as good. */
const isThere = (states: ReadonlyMap<string, PackageState>, update: ChosenUpdate): boolean => {
  const state = states.get(keyOf(update));
  return state?.whole === true && compareRpmVersions(state.version, update.version) >= 0;
};

/** What is installed now of what these would replace. Not whole: it is there in two versions. */
export async function rpmStates({ run, frontEnd }: Pick<RpmParts, "run" | "frontEnd">, updates: readonly ChosenUpdate[]): Promise<Map<string, PackageState>> {
  const { packages } = await readRpmDatabase(run);
  const installed = newestByName(packages);
  const names = new Set(updates.map(({ name }) => name));
  const duplicates = await findDuplicates(
    run,
    packages.filter(({ name }) => names.has(name)),
    frontEnd.severalVersions,
  );
  return new Map(
    updates.flatMap((update) => {
      const here = replacedBy(installed, update.name, update.architecture);
      if (here === undefined) return [];
      const whole = !duplicates.some(({ name, architecture }) => name === here.name && architecture === here.architecture);
      return [[keyOf(update), { version: here.version, whole }] as const];
    }),
  );
}
