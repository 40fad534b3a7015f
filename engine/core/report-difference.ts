import { type Findings, type PackageKey, packageKey, type Removed, updateKey } from "./report.ts";
import type { InstalledPackage, MissingUpdate } from "./update.ts";

/** What one report has and another hasn't. */
export interface Difference extends Findings {
  removed: Removed;
}

export const NOTHING: Difference = { installed: [], updates: [], removed: { installed: [], updates: [] } };

/** Entries of a difference: what travels of it, and what is written of it. */
export const sizeOf = ({ installed, updates, removed }: Difference): number =>
  installed.length + updates.length + removed.installed.length + removed.updates.length;

/** What leads from one to the other. Both must be judged: keys are unique, and words fit. */
export function differenceOf(before: Findings, after: Findings): Difference {
  const installed = changed(before.installed, after.installed, packageKey, packageLine);
  const updates = changed(before.updates, after.updates, updateKey, updateLine);
  return {
    installed: installed.changed,
    updates: updates.changed,
    removed: { installed: installed.removed.map(keyOfPackage), updates: updates.removed.map(keyOfUpdate) },
  };
}

/** What comes of it; order isn't kept. What is said to be removed and isn't there is passed over: the digest tells whether the result is the right one. */
export function applied(before: Findings, { installed, updates, removed }: Difference): Findings {
  return {
    installed: merged(before.installed, installed, removed.installed, packageKey),
    updates: merged(before.updates, updates, removed.updates, updateKey),
  };
}

/** One entry as a text, the same for equal entries: digests are made of these. */
export const packageLine = ({ name, architecture, version, held, source }: InstalledPackage): string =>
  JSON.stringify(["package", name, architecture, version, held, source?.name ?? null, source?.version ?? null]);

export const updateLine = (update: MissingUpdate): string => {
  const { kind, name, title, architecture, installedVersion, candidateVersion, classification, severity, origin } = update;
  const { held, phased, rebootBehaviour, cves, advisories, sizeBytes } = update;
  const words = [kind, name, title ?? null, architecture, installedVersion, candidateVersion, classification, severity, origin];
  return JSON.stringify(["update", ...words, held, phased, rebootBehaviour, cves, advisories, sizeBytes ?? null]);
};

const keyOfPackage = ({ name, architecture, version }: InstalledPackage): PackageKey => ({ name, architecture, version });
const keyOfUpdate = ({ name, architecture, candidateVersion: version }: MissingUpdate): PackageKey => ({ name, architecture, version });

function changed<T>(before: readonly T[], after: readonly T[], keyOf: (one: T) => string, lineOf: (one: T) => string) {
  const left = new Map(before.map((one) => [keyOf(one), one]));
  const differing = after.filter((one) => {
    const key = keyOf(one);
    const known = left.get(key);
    left.delete(key);
    return known === undefined || lineOf(known) !== lineOf(one);
  });
  return { changed: differing, removed: [...left.values()] };
}

function merged<T>(before: readonly T[], changes: readonly T[], removed: readonly PackageKey[], keyOf: (one: T) => string): T[] {
  const byKey = new Map(before.map((one) => [keyOf(one), one]));
  for (const key of removed) byKey.delete(packageKey(key));
  for (const one of changes) byKey.set(keyOf(one), one);
  return [...byKey.values()];
}
