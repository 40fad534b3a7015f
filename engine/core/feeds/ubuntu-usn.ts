import { isCve } from "../report.ts";
import type { Fix } from "../vulnerability.ts";
import { sorted } from "../vulnerability-match.ts";
import { ubuntuPlatform } from "../vulnerability-platform.ts";
import { type Feed, fit, isRecord, listOf, parsed, textOf } from "./feed.ts";

/** Ubuntu's database of security notices (usn.ubuntu.com/usn-db/database.json): number → CVEs, and per release the source packages with their fixed versions. */
export const ubuntuUsn: Feed = {
  cut: "members",
  read({ key: number, text }) {
    const notice = parsed(text);
    if (number === null || !isRecord(notice) || !isRecord(notice.releases)) return undefined;
    // Bugs of Launchpad stand among them.
    const cves = sorted(listOf(notice.cves).map(textOf).filter(isCve));
    const found = Object.entries(notice.releases).flatMap(([codename, release]): Fix[] => {
      const platform = ubuntuPlatform(codename);
      if (platform === undefined || !isRecord(release) || !isRecord(release.sources)) return [];
      return Object.entries(release.sources).flatMap(([name, source]) =>
        isRecord(source) && typeof source.version === "string"
          ? [{ platform, package: name, fixedVersion: source.version, advisory: `USN-${number}`, affectedFrom: "", severity: "unspecified" as const, cves }]
          : [],
      );
    });
    const fixes = fit(found);
    return { fixes, vulnerabilities: [], skipped: cves.length === 0 ? 0 : found.length - fixes.length };
  },
};
