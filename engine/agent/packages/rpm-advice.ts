import { type Classification, type RebootBehaviour, SEVERITIES, type Severity } from "../../core/update.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import { needsReboot } from "./rpm-reboot.ts";
import type { Advisory, FixedPackage } from "./rpm-updateinfo.ts";

/** What the vendor's advisories say about one update. */
export interface Advice {
  classification: Classification;
  severity: Severity;
  cves: string[];
  advisories: string[];
  rebootBehaviour: RebootBehaviour;
}

/** More than this isn't sent. */
const MOST = 1_000;

type Fix = { advisory: Advisory; fixed: FixedPackage };
export type AdvisoriesByName = ReadonlyMap<string, readonly Fix[]>;

export function byName(advisories: readonly Advisory[]): AdvisoriesByName {
  const index = new Map<string, Fix[]>();
  for (const advisory of advisories) {
    for (const fixed of advisory.packages) {
      const fixes = index.get(fixed.name) ?? [];
      fixes.push({ advisory, fixed });
      index.set(fixed.name, fixes);
    }
  }
  return index;
}

/**
 * What all the advisories say that lie between the installed version and the candidate: a candidate without an advisory may well lie above a security fix and contain it.
 */
export function adviceOn(update: { name: string; architecture: string; installed: string; candidate: string }, index: AdvisoriesByName): Advice {
  const fixes = (index.get(update.name) ?? []).filter(
    ({ fixed }) =>
      fixed.architecture === update.architecture &&
      compareRpmVersions(fixed.version, update.installed) > 0 &&
      compareRpmVersions(fixed.version, update.candidate) <= 0,
  );
  const advisories = [...new Set(fixes.map(({ advisory }) => advisory))];
  const isSaidOfCandidate = fixes.some(({ fixed }) => compareRpmVersions(fixed.version, update.candidate) === 0);
  return {
    classification: advisories.some(({ security }) => security) ? "security" : "other",
    severity: worst(advisories.map(({ severity }) => severity)),
    cves: [...new Set(advisories.flatMap(({ cves }) => cves))].sort().slice(-MOST),
    advisories: advisories
      .map(({ id }) => id)
      .sort()
      .slice(-MOST),
    rebootBehaviour: fixes.some(({ fixed }) => fixed.reboot) || needsReboot(update.name) ? "always" : isSaidOfCandidate ? "never" : "unknown",
  };
}

export const worst = (severities: readonly Severity[]): Severity => SEVERITIES.find((severity) => severities.includes(severity)) ?? "unspecified";
