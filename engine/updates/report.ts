import { CLASSIFICATIONS, type InstalledPackage, type Inventory, type MissingUpdate, REBOOT_BEHAVIOURS, SEVERITIES, UPDATE_KINDS } from "../core/update.ts";

/** A report as an agent sends it: the form is checked, the words aren't. */
export interface Report {
  sequence: number;
  inventory: Omit<Inventory, "updates"> & { updates: readonly UnjudgedUpdate[] };
}
type UnjudgedUpdate = { [Key in keyof MissingUpdate]: MissingUpdate[Key] extends string ? string : MissingUpdate[Key] };

const MAX = { name: 255, architecture: 63, version: 255, title: 511, origin: 511, problem: 1_000, problems: 50 };
const MAX_PACKAGES = 200_000;
const MAX_UPDATES = 50_000;
const ADVISORY = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,99}$/;
const CVE = /^CVE-\d{4}-\d{4,19}$/;

/** Control characters, direction marks and lone surrogates: they have no place in a name, and lie in terminals, logs and databases. */
const UNFIT = /[\p{Cc}\p{Cs}\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u;

const isFit = (text: string, max: number): boolean => text.length > 0 && text.length <= max && !UNFIT.test(text);

/**
 * What of a report can be kept. A package whose words are unfit is left out, and that is a problem of the report: so the machine can't become compliant by it.
 * Doubles are left out silently.
 */
export function judgeReport({ inventory }: Report): Inventory {
  const problems = inventory.problems.slice(0, MAX.problems).map((problem) => readable(problem, MAX.problem));
  const installed = unique(
    inventory.installed.filter(isFitPackage).map(toPackage),
    ({ name, architecture, version }) => `${name}\n${architecture}\n${version}`,
  );
  const fitUpdates = inventory.updates.filter(isFitUpdate);
  const updates = unique(fitUpdates.map(toUpdate), ({ name, architecture, candidateVersion }) => `${name}\n${architecture}\n${candidateVersion}`);
  const unfit = inventory.installed.filter((one) => !isFitPackage(one)).length + inventory.updates.length - fitUpdates.length;
  if (unfit > 0) problems.push(`${unfit} packages were left out: their names or versions are too long, empty or hold control characters`);
  if (inventory.installed.length === 0 && problems.length === 0) problems.push("the report names no installed package");
  if (installed.length > MAX_PACKAGES || updates.length > MAX_UPDATES)
    problems.push(`only ${MAX_PACKAGES} packages and ${MAX_UPDATES} updates of a machine are kept`);
  return {
    ...inventory,
    packageManager: readable(inventory.packageManager, 63) || "unknown",
    rebootReasons: inventory.rebootReasons.slice(0, MAX.problems).map((reason) => readable(reason, MAX.problem)),
    installed: installed.slice(0, MAX_PACKAGES),
    updates: updates.slice(0, MAX_UPDATES),
    problems,
  };
}

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
    cves: [...new Set(update.cves.filter((cve) => CVE.test(cve)))],
    advisories: [...new Set(update.advisories.filter((advisory) => ADVISORY.test(advisory)))],
  };
}

const readable = (text: string, max: number): string => text.replace(new RegExp(UNFIT.source, "gu"), "\uFFFD").slice(0, max);

function unique<T>(list: readonly T[], keyOf: (one: T) => string): T[] {
  const byKey = new Map<string, T>();
  for (const one of list) if (!byKey.has(keyOf(one))) byKey.set(keyOf(one), one);
  return [...byKey.values()];
}
