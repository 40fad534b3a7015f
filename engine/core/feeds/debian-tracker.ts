import { isCve } from "../report.ts";
import type { Fix } from "../vulnerability.ts";
import { worstOf } from "../vulnerability.ts";
import { debianPlatform } from "../vulnerability-platform.ts";
import { type Feed, fit, isRecord, parsed, severityOfWord, textOf } from "./feed.ts";

/**
 * The JSON of Debian's security tracker (security-tracker.debian.org/tracker/data/json): source package → CVE → `releases` → codename → status and fixed version. Version
 * "0" means that the release was never affected, and what is undetermined says nothing.
 */
export const debianTracker: Feed = {
  cut: "members",
  read({ key: name, text }) {
    const issues = parsed(text);
    if (name === null || !isRecord(issues)) return undefined;
    const fixed: { platform: string; version: string; cve: string; urgency: unknown }[] = [];
    let skipped = 0;
    for (const [cve, issue] of Object.entries(issues)) {
      const releases = isRecord(issue) ? issue.releases : undefined;
      if (!isRecord(releases)) skipped++;
      else if (isCve(cve)) fixed.push(...Object.entries(releases).flatMap(([codename, release]) => fixedIn(codename, release, cve)));
    }
    const groups = Map.groupBy(fixed, ({ platform, version }) => `${platform} ${version}`);
    const fixes = [...groups.values()].map((group): Fix => {
      const [{ platform, version: fixedVersion }] = group as [(typeof fixed)[number]];
      const severity = worstOf(group.map(({ urgency }) => severityOfWord(urgency)));
      return { platform, package: name, fixedVersion, advisory: "", affectedFrom: "", severity, cves: group.map(({ cve }) => cve) };
    });
    const usable = fit(fixes);
    return { fixes: usable, vulnerabilities: [], skipped: skipped + fixes.length - usable.length };
  },
};

/** Nothing for a release that nobody here may have, such as sid. */
function fixedIn(codename: string, release: unknown, cve: string) {
  const platform = debianPlatform(codename);
  if (platform === undefined || !isRecord(release) || release.status !== "resolved") return [];
  const version = textOf(release.fixed_version);
  return version === "" || version === "0" ? [] : [{ platform, version, cve, urgency: release.urgency }];
}
