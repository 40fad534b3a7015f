import { cvss3Score, severityOfScore } from "../cvss.ts";
import { isCve } from "../report.ts";
import type { Severity } from "../update.ts";
import { type Fix, type Vulnerability, worstOf } from "../vulnerability.ts";
import { sorted } from "../vulnerability-match.ts";
import { ecosystemPlatform } from "../vulnerability-platform.ts";
import { type Feed, fit, isRecord, listOf, NOTHING, parsed, severityOfWord, textOf } from "./feed.ts";

/**
 * Records of OSV (ossf.github.io/osv-schema), one after the other or as a list: what `unzip -p all.zip` prints of an export. Ecosystems that no machine of ours can have
 * are passed over, as are withdrawn records, and ranges that end without a fixed version.
 */
export const osv: Feed = {
  cut: "values",
  read({ text }) {
    const record = parsed(text);
    if (!isRecord(record) || typeof record.id !== "string") return undefined;
    if (record.withdrawn !== undefined) return NOTHING;
    const cves = cvesOf(record);
    const own = severityOf(record);
    const advisory = /CVE-\d/.test(record.id) ? "" : record.id;
    const found = listOf(record.affected).flatMap((affected) => fixesOf(affected, { cves, advisory, severity: own }));
    const fixes = fit(found);
    // What is said of one vulnerability belongs to it; what is said of an advisory, to its fixes.
    const [cve, ...more] = cves;
    const vulnerabilities: Vulnerability[] =
      cve !== undefined && more.length === 0 && own !== "unspecified" ? [{ cve, severity: own, exploitedSince: null, epss: null }] : [];
    return { fixes, vulnerabilities, skipped: cves.length === 0 ? 0 : found.length - fixes.length };
  },
};

/** `DEBIAN-CVE-2024-1` and `UBUNTU-CVE-2024-1` are those vulnerabilities in that distribution. What is merely `related` counts when nothing else is named. */
function cvesOf({ id, aliases, upstream, related }: Readonly<Record<string, unknown>>): string[] {
  const named = (list: unknown): string[] => listOf(list).flatMap((one) => plain(textOf(one)));
  const known = sorted([...plain(textOf(id)), ...named(aliases), ...named(upstream)]);
  return known.length > 0 ? known : sorted(named(related));
}
const plain = (text: string): string[] => {
  const cve = text.replace(/^(DEBIAN|UBUNTU|ALPINE|SUSE)-/, "");
  return isCve(cve) ? [cve] : [];
};

function severityOf({ severity, database_specific: specific }: Readonly<Record<string, unknown>>): Severity {
  const scores = listOf(severity).flatMap((one) => (isRecord(one) ? [textOf(one.score)] : []));
  const words = scores.map((score) => severityOfWord(score));
  const vectors = scores.flatMap((score) => {
    const value = cvss3Score(score);
    return value === undefined ? [] : [severityOfScore(value)];
  });
  // The distribution's own word says what it means there; vectors are of the flaw in general.
  const word = worstOf([...words, isRecord(specific) ? severityOfWord(specific.severity) : "unspecified"]);
  return word === "unspecified" ? worstOf(vectors) : word;
}

function fixesOf(affected: unknown, common: { cves: readonly string[]; advisory: string; severity: Severity }): Fix[] {
  if (!isRecord(affected) || !isRecord(affected.package)) return [];
  const { ecosystem, name } = affected.package;
  const platform = ecosystemPlatform(textOf(ecosystem));
  if (platform === undefined) return [];
  const specific = isRecord(affected.ecosystem_specific)
    ? severityOfWord(affected.ecosystem_specific.urgency ?? affected.ecosystem_specific.severity)
    : undefined;
  const severity = specific === undefined || specific === "unspecified" ? common.severity : specific;
  return listOf(affected.ranges).flatMap((range) =>
    isRecord(range) && range.type === "ECOSYSTEM"
      ? stretches(listOf(range.events)).map((stretch) => ({ ...common, severity, platform, package: textOf(name), ...stretch }))
      : [],
  );
}

/** From a version that brought the flaw in to the one that mends it. */
function stretches(events: readonly unknown[]): { affectedFrom: string; fixedVersion: string }[] {
  const found: { affectedFrom: string; fixedVersion: string }[] = [];
  let affectedFrom = "";
  for (const event of events) {
    if (!isRecord(event)) continue;
    if (typeof event.introduced === "string") affectedFrom = event.introduced === "0" ? "" : event.introduced;
    // "0": it was never affected.
    if (typeof event.fixed === "string" && event.fixed !== "0") found.push({ affectedFrom, fixedVersion: event.fixed });
  }
  return found;
}
