import { compareRpmVersions } from "../../core/versions/rpm.ts";
import type { RunProgram } from "./program.ts";
import type { RpmPackage } from "./rpm-database.ts";

/** One package in two or more versions: an interrupted run has installed the new one and not yet removed the old one. */
export interface Duplicate {
  name: string;
  architecture: string;
  newest: string;
  /** The versions that should be gone. */
  older: string[];
}

/** What a package provides, or is called, that may be there in several versions (dnf.conf(5) `installonlypkgs`, zypp.conf `multiversion`). */
const SEVERAL_VERSIONS = ["installonlypkg(kernel)", "installonlypkg(kernel-module)", "installonlypkg(vm)", "multiversion(kernel)", "kernel", "kernel-PAE"];

/** @param configured what the machine's own configuration adds to that list */
export async function findDuplicates(run: RunProgram, packages: readonly RpmPackage[], configured: readonly string[] = []): Promise<Duplicate[]> {
  const several = groupByIdentity(packages).filter(({ older }) => older.length > 0);
  if (several.length === 0) return [];
  const names = [...new Set(several.map(({ name }) => name))];
  const provides = await run("rpm", ["-q", "--qf", "[%{=NAME}\\t%{PROVIDENAME}\\n]", "--", ...names]);
  const allowed = new Set([...SEVERAL_VERSIONS, ...configured]);
  const meant = new Set(
    provides.split("\n").flatMap((line) => {
      const [name = "", provided = ""] = line.split("\t");
      return allowed.has(provided) ? [name] : [];
    }),
  );
  return several.filter(({ name }) => !meant.has(name) && !allowed.has(name));
}

function groupByIdentity(packages: readonly RpmPackage[]): Duplicate[] {
  const groups = new Map<string, { name: string; architecture: string; versions: string[] }>();
  for (const { name, architecture, version } of packages) {
    const key = `${name}\t${architecture}`;
    const group = groups.get(key) ?? { name, architecture, versions: [] };
    group.versions.push(version);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ versions, ...identity }) => {
    const [newest = "", ...older] = versions.toSorted((a, b) => compareRpmVersions(b, a));
    return { ...identity, newest, older };
  });
}

/** For the report. */
export function duplicateProblem(duplicates: readonly Duplicate[]): string[] {
  const names = duplicates.map(({ name }) => name);
  if (names.length === 0) return [];
  const some = `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
  return [`${names.length} package${names.length === 1 ? " is" : "s are"} installed in two versions (${some}), as an interrupted run leaves them`];
}

/** As rpm, dnf and zypper understand it. */
export const nevra = (name: string, version: string, architecture: string): string => `${name}-${version}.${architecture}`;
