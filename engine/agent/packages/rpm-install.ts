import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import type { ChosenUpdate } from "../../core/install.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import { type BatchResult, type ChangeContext, type InstallOptions, keyOf, type PackageState } from "./adapter.ts";
import type { ChangeExit } from "./change-program.ts";
import { withRemovals } from "./removals.ts";
import { type RpmParts, whenUnlocked } from "./rpm-command.ts";
import { replaceConfiguration, startOfChanges } from "./rpm-configuration.ts";
import { newestByName, readRpmDatabase, replacedBy } from "./rpm-database.ts";
import { findDuplicates } from "./rpm-duplicates.ts";
import { isOutOfRoom } from "./rpm-room.ts";
import { isDiskFull, refusalOf, scriptletFailures } from "./rpm-words.ts";

/**
 * Installs one batch and judges by rpm's database, and by what rpm says about scripts: exit codes hide both failed scripts and packages that were left out. When the
 * whole batch is refused for one of them, the others are tried one by one. Others are removed for one update alone, and never for a batch.
 */
export async function rpmInstall(
  parts: RpmParts,
  updates: readonly ChosenUpdate[],
  { configurationFiles, allowRemovals = false }: InstallOptions,
  context: ChangeContext,
): Promise<BatchResult> {
  const failed = new Map<string, string>();
  const untried = new Set<string>();
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
  const removed = new Map<string, readonly string[]>();
  let busy: string | undefined;
  if (left.length > 0 && (allowRemovals || (first.exitCode !== 0 && tried.length > 1))) {
    for (const update of left) {
      if (context.signal.aborted) {
        failed.delete(keyOf(update));
        untried.add(keyOf(update));
        continue;
      }
      const { install, installRemoving, removalsIn } = parts.frontEnd;
      if (busy !== undefined) {
        failed.set(keyOf(update), busy); // whoever waited in vain once doesn't wait again for each of them
        continue;
      }
      const exit = await whenUnlocked(parts, allowRemovals ? installRemoving(update) : install([update]), context).catch((error: unknown) => {
        if (isRunwrightError(error)) return error;
        throw error;
      });
      if (exit instanceof Error) {
        // What the others of the batch have come to is told all the same.
        if (exit.code === "COMMAND_CANCELLED") {
          failed.delete(keyOf(update));
          untried.add(keyOf(update));
        } else failed.set(keyOf(update), exit.message);
        if (exit.code === "PACKAGE_MANAGER_BUSY") busy = exit.message;
        continue;
      }
      const { output } = exit;
      outputs += output;
      if (allowRemovals) removed.set(keyOf(update), removalsIn(output));
      failed.set(keyOf(update), refusalOf(output, update.name));
    }
    now = await rpmStates(parts, updates);
  }
  for (const update of tried) if (isThere(now, update)) failed.delete(keyOf(update));
  if (!allowRemovals) await nameRemovals(parts, { failed, updates: tried.filter((update) => failed.has(keyOf(update))) }, context);
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
  for (const key of failed.keys()) removed.delete(key);
  return { failed, untried, removed };
}

/** Of what failed that says what it would have removed: front ends that leave it out don't say why. */
async function nameRemovals(
  parts: RpmParts,
  { failed, updates }: { failed: Map<string, string>; updates: readonly ChosenUpdate[] },
  context: ChangeContext,
): Promise<void> {
  for (const update of updates) {
    if (context.signal.aborted) return;
    // Who can't ask any more knows less; what was installed is judged already.
    const output = await whenUnlocked(parts, parts.frontEnd.tryRemoving(update), context).then((exit) => exit.output, ignoreRefusal);
    failed.set(keyOf(update), withRemovals(failed.get(keyOf(update)) ?? "", parts.frontEnd.removalsIn(output)));
  }
}

function ignoreRefusal(error: unknown): string {
  if (isRunwrightError(error)) return "";
  throw error;
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
