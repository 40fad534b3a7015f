import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../../core/errors.ts";
import type { ChangeContext } from "./adapter.ts";
import { type AptParts, aptGet, dpkg, whenUnlocked } from "./apt-command.ts";
import type { DpkgPackage } from "./apt-text.ts";
import { failureOf, refusalOf } from "./apt-words.ts";
import { askDpkg } from "./dpkg-states.ts";

/**
 * What dpkg was killed in the middle of it finishes when asked to, except packages that it was unpacking (`iHR`): neither that nor `apt-get -f install` touches
 * those, and both say that all is well. They are installed again, in the version that was there or, if no repository has that any more, in the newest.
 * A package whose own script goes on failing is told and left: apt installs others beside it.
 */
export async function aptRepair(parts: AptParts, context: ChangeContext): Promise<string[]> {
  const broken = await brokenPackages(parts);
  if (broken.length === 0 && !(await wasInterrupted(parts.root))) return [];
  const repairs: string[] = [];

  const { output } = await whenUnlocked(parts, dpkg("keep", "--configure", "-a"), context);
  let left = await brokenPackages(parts);
  const finished = broken.filter((one) => !left.some((other) => isSame(one, other)));
  if (finished.length > 0) repairs.push(`dpkg --configure -a finished ${named(finished)}`);
  else if (broken.length === 0) repairs.push("dpkg --configure -a ended what an interrupted run had begun");

  for (const one of left.filter((each) => each.reinstall)) repairs.push(await reinstall(parts, one, context));

  await mendDependencies(parts, context, repairs);
  left = await brokenPackages(parts);
  for (const one of left) repairs.push(`${one.name} is still half installed: ${failureOf(output, one.name)}`.slice(0, 1_000));
  return repairs;
}

async function reinstall(parts: AptParts, { name, architecture, version }: DpkgPackage, context: ChangeContext): Promise<string> {
  const asked = architecture === "all" ? name : `${name}:${architecture}`;
  const now = async () => (await brokenPackages(parts)).some((one) => one.name === name && one.architecture === architecture);
  await whenUnlocked(parts, aptGet("keep", "install", "--reinstall", `${asked}=${version}`), context);
  if (!(await now())) return `installed ${name} ${version} again, which was half unpacked`;
  const { output } = await whenUnlocked(parts, aptGet("keep", "install", asked), context);
  if (!(await now())) return `installed the newest ${name}, as ${version} was half unpacked and isn't offered any more`;
  throw new RunwrightError("REPAIR_FAILED", `${name} is half unpacked and can't be installed again: ${failureOf(output, name)}`);
}

/** With unmet dependencies apt refuses everything. What is missing may be installed, nothing be removed. */
async function mendDependencies(parts: AptParts, context: ChangeContext, repairs: string[]): Promise<void> {
  const check = () => whenUnlocked(parts, aptGet("keep", "check"), context);
  if ((await check()).exitCode === 0) return;
  await whenUnlocked(parts, aptGet("keep", "--fix-broken", "install"), context);
  const { exitCode, output } = await check();
  if (exitCode !== 0) throw new RunwrightError("REPAIR_FAILED", `apt can't go on by itself: ${refusalOf(output)}; log in and run apt-get -f install`);
  repairs.push("apt-get --fix-broken install added what packages need");
}

const brokenPackages = async ({ run }: AptParts): Promise<DpkgPackage[]> => (await askDpkg(run)).filter((one) => one.broken);

/** dpkg's journal: with anything in it, apt refuses everything. Its entries have numbers as names. */
const wasInterrupted = async (root: string): Promise<boolean> =>
  (await readdir(join(root, "var/lib/dpkg/updates")).catch(() => [])).some((name) => /^\d+$/.test(name)); // no such folder: no journal

const isSame = (a: DpkgPackage, b: DpkgPackage): boolean => a.name === b.name && a.architecture === b.architecture;
const named = (packages: readonly DpkgPackage[]): string =>
  `${packages.length} package${packages.length === 1 ? "" : "s"} (${packages
    .slice(0, 10)
    .map((one) => one.name)
    .join(", ")}${packages.length > 10 ? ", …" : ""})`;
