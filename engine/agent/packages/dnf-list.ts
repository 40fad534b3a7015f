import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MissingUpdate } from "../../core/update.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import type { PackageReport } from "./adapter.ts";
import type { DnfDialect } from "./dnf-dialect.ts";
import { holder, readHolds } from "./dnf-holds.ts";
import { CANDIDATE_FORMAT, type DnfCandidate, parseCandidates, parseCheckUpdate, parseRepolist, parseRepositories, readMainSetting } from "./dnf-text.ts";
import { type DnfView, openDnfView } from "./dnf-view.ts";
import { askInto } from "./problems.ts";
import type { RunProgram } from "./program.ts";
import { type AdvisoriesByName, adviceOn, byName } from "./rpm-advice.ts";
import { readAdvisories } from "./rpm-advisories.ts";
import { newestByName, type RpmPackage, readRpmDatabase, replacedBy, sourceOf } from "./rpm-database.ts";
import { duplicateProblem, findDuplicates } from "./rpm-duplicates.ts";
import { bootTime, configuredNeeds, rpmRebootReasons } from "./rpm-reboot.ts";
import { fetchedAt } from "./rpm-repodata.ts";

/** Below what is no folder nothing can be made, by root neither: dnf fails and says so, instead of writing to the machine's own folders. */
const NO_VIEW: DnfView = {
  options: ["-q", "-C", "--setopt=cachedir=/dev/null/none", "--setopt=logdir=/dev/null/none", "--setopt=exit_on_lock=1"],
  repositories: [],
  [Symbol.asyncDispose]: async () => {},
};

/** What rpm and dnf say. Metadata is read as it was last fetched: nothing is fetched, locked or written. */
export async function dnfReport({ run, root, dialect }: { run: RunProgram; root: string; dialect: DnfDialect }): Promise<PackageReport> {
  const problems: string[] = [];
  const ask = askInto(problems);
  const { packages, odd } = await ask({ packages: [], odd: 0 }, () => readRpmDatabase(run));
  if (packages.length === 0) problems.push("rpm knows no installed package");
  if (odd > 0) problems.push(`rpm lists ${odd} packages that can't be understood`);
  const configuration = await readFile(join(root, "etc/dnf/dnf.conf"), "utf8").catch(() => "");
  const severalVersions = (readMainSetting(configuration, "installonlypkgs") ?? "").split(/[\s,]+/).filter(Boolean);
  problems.push(...duplicateProblem(await ask([], () => findDuplicates(run, packages, severalVersions))));

  // Without room for its folder nothing can be asked, and what rpm says is told all the same.
  await using view = await ask(NO_VIEW, () => openDnfView(root, dialect.cacheDirectory));
  const enabled = await ask([], async () => {
    const text = await run("dnf", [...view.options, ...dialect.repositories]);
    return dialect.repositories.includes("--json") ? parseRepositories(text) : parseRepolist(text);
  });
  const repositories = view.repositories.filter(({ id }) => enabled.includes(id));
  const missing = enabled.filter((id) => !repositories.some((one) => one.id === id));
  if (enabled.length === 0) problems.push("no repository is enabled");
  if (missing.length > 0) problems.push(`package lists of ${missing.slice(0, 10).join(", ")} were never fetched; run dnf makecache`);
  const ages = await Promise.all(repositories.map(fetchedAt));

  const installed = newestByName(packages);
  const advisories = await readAdvisories({ run, repositories, installed, problems });
  const available = await ask({ candidates: [], odd: 0 }, async () =>
    parseCandidates(await run("dnf", [...view.options, ...dialect.unfiltered, "repoquery", "--upgrades", "--qf", CANDIDATE_FORMAT])),
  );
  if (available.odd > 0) problems.push(`dnf lists ${available.odd} updates that can't be understood`);
  // Its exit code 100 means that there are updates.
  const offered = await ask(new Map<string, string>(), async () =>
    parseCheckUpdate(await run("sh", ["-c", 'dnf "$@" || [ $? = 100 ]', "dnf", ...view.options, "check-update"])),
  );
  const updates = missingUpdates(installed, available.candidates, offered, byName(advisories));
  const isHeld = holder(await readHolds(root));
  const heldNames = new Set(updates.filter(({ held }) => held).map(({ name }) => name));
  const reasons = rpmRebootReasons({ packages, advisories, bootedAt: await bootTime(root), configured: await configuredNeeds(root) });
  return {
    packageManager: "dnf",
    listsUpdatedAt: missing.length > 0 || ages.length === 0 ? null : oldest(ages),
    rebootPending: reasons.length > 0,
    rebootReasons: reasons,
    installed: packages.map((one) => {
      const source = sourceOf(one);
      const { name, architecture, version } = one;
      return { name, architecture, version, held: heldNames.has(name) || isHeld(one), ...(source ? { source } : {}) };
    }),
    updates,
    problems,
  };
}

/** One for each package: to the version that dnf offers or, when all newer ones are held back, to the newest. */
export function missingUpdates(
  installed: ReadonlyMap<string, readonly RpmPackage[]>,
  candidates: readonly DnfCandidate[],
  offered: ReadonlyMap<string, string>,
  advisories: AdvisoriesByName,
): MissingUpdate[] {
  const updates = new Map<string, MissingUpdate & { isOffered: boolean }>();
  for (const candidate of candidates) {
    const { name, architecture, version, repository, sizeBytes } = candidate;
    const replaced = replacedBy(installed, name, architecture);
    if (replaced === undefined || compareRpmVersions(version, replaced.version) <= 0) continue;
    const key = `${name}.${architecture}`;
    const isOffered = offered.get(key) === version;
    const known = updates.get(key);
    if (known && (known.isOffered || (!isOffered && compareRpmVersions(version, known.candidateVersion) <= 0))) continue;
    const held = !offered.has(key);
    const update = { kind: "package" as const, name, architecture, installedVersion: replaced.version, candidateVersion: version };
    const advice = adviceOn({ name, architecture, installed: replaced.version, candidate: version }, advisories);
    updates.set(key, { ...update, ...advice, origin: repository, held, phased: false, isOffered, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  }
  return [...updates.values()].map(({ isOffered: _, ...update }) => update);
}

/** A report is as old as the oldest of its lists. */
function oldest(ages: readonly (number | null)[]): number | null {
  return ages.includes(null) ? null : Math.min(...ages.map((age) => age ?? 0));
}
