import { CLASSIFICATIONS, type InstalledPackage, type Inventory, type MissingUpdate, REBOOT_BEHAVIOURS, SEVERITIES, UPDATE_KINDS } from "./update.ts";

/** A report as an agent sends it: the form is checked, the words aren't. */
export interface Report {
  /** Grows with every report of a machine, over restarts, also when its clock is set back. */
  sequence: number;
  /** With a `difference`, its lists hold only what was added or has changed. */
  inventory: Omit<Inventory, "updates"> & { updates: readonly UnjudgedUpdate[] };
  difference?: ReportDifference;
}
export type UnjudgedUpdate = { [Key in keyof MissingUpdate]: MissingUpdate[Key] extends string ? string : MissingUpdate[Key] };

/** That a report holds only what differs from another one, and from which. */
export interface ReportDifference {
  /** Digest of the findings that it is a difference to. */
  base: string;
  /** Digest of the findings that come of it. */
  digest: string;
  removed: Removed;
}

/** What isn't there any more, by its keys; the version of an update is its candidate's. */
export interface Removed {
  installed: readonly PackageKey[];
  updates: readonly PackageKey[];
}
export interface PackageKey {
  name: string;
  architecture: string;
  version: string;
}

/** What becomes of a report, as its agent is told. */
export type ReportAnswer =
  | { kind: "taken"; digest: string | null }
  /** It is to be sent again: as a whole, or with a number beyond this one. */
  | { kind: "wanted"; whole?: true; beyond?: number }
  /** The machine isn't a member any more. */
  | { kind: "refused" };

/** What is compared between reports: the lists. */
export type Findings = Pick<Inventory, "installed" | "updates">;

const MAX = { name: 255, architecture: 63, version: 255, title: 511, origin: 511, problem: 1_000, problems: 50 };
const MAX_PACKAGES = 200_000;
const MAX_UPDATES = 50_000;
const ADVISORY = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$/;
const CVE = /^CVE-\d{4}-\d{4,19}$/;

/** Control characters, direction marks and lone surrogates: they have no place in a name, and lie in terminals, logs and databases. */
const UNFIT = /[\p{Cc}\p{Cs}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;
const EACH_UNFIT = new RegExp(UNFIT.source, "gu");

export const isFit = (text: string, max: number): boolean => text.length > 0 && text.length <= max && !UNFIT.test(text);

/**
 * What of a report can be kept. A package whose words are unfit is left out, and that is a problem of the report: so the machine can't become compliant by it.
 * Doubles are left out silently. Agents do the same before they compare and send, so that both sides have the same; what is judged again stays as it is.
 */
export function judgeReport(inventory: Report["inventory"]): Inventory {
  const problems = inventory.problems.slice(0, MAX.problems).map((problem) => readable(problem, MAX.problem));
  const fitPackages = inventory.installed.filter(isFitPackage);
  const installed = unique(fitPackages.map(toPackage), packageKey);
  const fitUpdates = inventory.updates.filter(isFitUpdate);
  const updates = unique(fitUpdates.map(toUpdate), updateKey);
  const unfit = inventory.installed.length - fitPackages.length + inventory.updates.length - fitUpdates.length;
  if (unfit > 0) problems.push(`${unfit} packages were left out: their names or versions are too long, empty or hold control characters`);
  if (installed.length > MAX_PACKAGES || updates.length > MAX_UPDATES)
    problems.push(`only ${MAX_PACKAGES} packages and ${MAX_UPDATES} updates of a machine are kept`);
  return {
    packageManager: readable(inventory.packageManager, 63) || "unknown",
    collectedAt: inventory.collectedAt,
    listsUpdatedAt: inventory.listsUpdatedAt,
    rebootPending: inventory.rebootPending,
    rebootReasons: inventory.rebootReasons.slice(0, MAX.problems).map((reason) => readable(reason, MAX.problem)),
    installed: installed.slice(0, MAX_PACKAGES),
    updates: updates.slice(0, MAX_UPDATES),
    problems,
  };
}

/** Identifies a package of one machine; no part of it holds a line break. */
export const packageKey = ({ name, architecture, version }: PackageKey): string => `${name}\n${architecture}\n${version}`;
export const updateKey = ({ name, architecture, candidateVersion }: Pick<MissingUpdate, "name" | "architecture" | "candidateVersion">): string =>
  packageKey({ name, architecture, version: candidateVersion });

const isFitPackage = ({ name, architecture, version }: InstalledPackage): boolean =>
  isFit(name, MAX.name) && isFit(architecture, MAX.architecture) && isFit(version, MAX.version);

const isFitUpdate = ({ name, architecture, installedVersion, candidateVersion }: UnjudgedUpdate): boolean =>
  isFit(name, MAX.name) &&
  isFit(architecture, MAX.architecture) &&
  (installedVersion === null || isFit(installedVersion, MAX.version)) &&
  isFit(candidateVersion, MAX.version);

/** Only the members that are known: the rest of what an agent sends goes no further. */
const toPackage = ({ name, architecture, version, held, source }: InstalledPackage): InstalledPackage => ({
  ...{ name, architecture, version, held },
  ...(source && isFit(source.name, MAX.name) && isFit(source.version, MAX.version) ? { source: { name: source.name, version: source.version } } : {}),
});

/** The same; and words that aren't known become the one that promises least. */
function toUpdate(update: UnjudgedUpdate): MissingUpdate {
  const { name, architecture, installedVersion, candidateVersion, title, held, phased, sizeBytes } = update;
  return {
    ...{ name, architecture, installedVersion, candidateVersion, held, phased },
    kind: UPDATE_KINDS.find((one) => one === update.kind) ?? "package",
    ...(title === undefined ? {} : { title: readable(title, MAX.title) }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    classification: CLASSIFICATIONS.find((one) => one === update.classification) ?? "other",
    severity: SEVERITIES.find((one) => one === update.severity) ?? "unspecified",
    rebootBehaviour: REBOOT_BEHAVIOURS.find((one) => one === update.rebootBehaviour) ?? "unknown",
    origin: readable(update.origin, MAX.origin),
    cves: [...new Set(update.cves.filter(isCve))].sort(),
    advisories: [...new Set(update.advisories.filter(isAdvisory))].sort(),
  };
}

export const isCve = (text: string): boolean => CVE.test(text);
export const isAdvisory = (text: string): boolean => ADVISORY.test(text);

/** A sentence of a machine, safe to keep and to show: what is unfit is replaced, and it is cut. */
export const readable = (text: string, max: number): string => text.replace(EACH_UNFIT, "\uFFFD").slice(0, max).toWellFormed();

function unique<T>(list: readonly T[], keyOf: (one: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const one of list) {
    const key = keyOf(one);
    if (!byKey.has(key)) byKey.set(key, one);
  }
  return [...byKey.values()];
}
