import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MissingUpdate } from "../../core/update.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import type { PackageReport } from "./adapter.ts";
import { holder } from "./dnf-holds.ts";
import { askInto } from "./problems.ts";
import type { RunProgram } from "./program.ts";
import { adviceOn, byName } from "./rpm-advice.ts";
import { readAdvisories } from "./rpm-advisories.ts";
import { newestByName, readRpmDatabase, replacedBy, sourceOf } from "./rpm-database.ts";
import { duplicateProblem, findDuplicates } from "./rpm-duplicates.ts";
import { bootTime, rpmRebootReasons } from "./rpm-reboot.ts";
import { type CachedRepository, fetchedAt } from "./rpm-repodata.ts";
import { zyppMultiversion } from "./zypp-multiversion.ts";
import { parseListUpdates, parseLocks, parseRepos } from "./zypper-text.ts";

/** Where libzypp keeps what it has fetched, a folder for each alias. */
const CACHE = "var/cache/zypp/raw";

/**
 * What rpm and zypper say, as the lists were last fetched. Patches aren't listed beside their packages, or each fix would count twice: what a patch says (its id, severity,
 * CVEs, whether it asks for a reboot) is read from the same updateinfo.xml that zypper makes patches of, and told with the packages.
 */
export async function zypperReport({ run, root }: { run: RunProgram; root: string }): Promise<PackageReport> {
  const problems: string[] = [];
  const ask = askInto(problems);
  const { packages, odd } = await ask({ packages: [], odd: 0 }, () => readRpmDatabase(run));
  if (packages.length === 0) problems.push("rpm knows no installed package");
  if (odd > 0) problems.push(`rpm lists ${odd} packages that can't be understood`);
  problems.push(...duplicateProblem(await ask([], async () => findDuplicates(run, packages, await zyppMultiversion(root)))));

  const enabled = await ask([], async () => parseRepos(await run("zypper", ["--non-interactive", "--xmlout", "repos"])));
  if (enabled.length === 0) problems.push("no repository is enabled");
  const repositories: (CachedRepository & { at: number | null })[] = await Promise.all(
    enabled.map(async (id) => {
      const repository = { id, folder: join(root, CACHE, id) };
      return { ...repository, at: await fetchedAt(repository) };
    }),
  );
  const missing = repositories.filter(({ at }) => at === null).map(({ id }) => id);
  if (missing.length > 0) problems.push(`package lists of ${missing.slice(0, 10).join(", ")} were never fetched; run zypper refresh`);
  const there = repositories.filter(({ at }) => at !== null);

  const installed = newestByName(packages);
  const advisories = await readAdvisories({ run, repositories: there, installed, problems });
  const offered = await ask([], async () => parseListUpdates(await run("zypper", ["--non-interactive", "--no-refresh", "--xmlout", "list-updates", "--all"])));
  const isHeld = holder(parseLocks(await readFile(join(root, "etc/zypp/locks"), "utf8").catch(() => "")));
  const index = byName(advisories);
  const updates = new Map<string, MissingUpdate>();
  for (const { name, architecture, version, repository } of offered) {
    const replaced = replacedBy(installed, name, architecture);
    if (replaced === undefined || compareRpmVersions(version, replaced.version) <= 0) continue;
    const key = `${name}.${architecture}`;
    if (compareRpmVersions(version, updates.get(key)?.candidateVersion ?? "") <= 0 && updates.has(key)) continue;
    updates.set(key, {
      ...{ kind: "package", name, architecture, installedVersion: replaced.version, candidateVersion: version },
      ...adviceOn({ name, architecture, installed: replaced.version, candidate: version }, index),
      ...{ origin: repository, held: isHeld(replaced), phased: false },
    });
  }
  const isAsked = await access(join(root, "run/reboot-needed")).then(
    () => true,
    () => false,
  );
  const reasons = [
    ...(isAsked ? ["zypper asks for a reboot (/run/reboot-needed)"] : []),
    ...rpmRebootReasons({ packages, advisories, bootedAt: await bootTime(root), configured: [] }),
  ];
  return {
    packageManager: "zypper",
    listsUpdatedAt: there.length === 0 || missing.length > 0 ? null : Math.min(...there.map(({ at }) => at ?? 0)),
    rebootPending: reasons.length > 0,
    rebootReasons: reasons,
    installed: packages.map((one) => {
      const source = sourceOf(one);
      const { name, architecture, version } = one;
      return { name, architecture, version, held: isHeld(one), ...(source ? { source } : {}) };
    }),
    updates: [...updates.values()],
    problems,
  };
}
