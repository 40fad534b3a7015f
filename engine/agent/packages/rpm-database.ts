import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { InstalledPackage } from "../../core/update.ts";
import { compareRpmVersions } from "../../core/versions/rpm.ts";
import type { RunProgram } from "./program.ts";

/** What rpm's database says about one installed package. */
export interface RpmPackage {
  name: string;
  architecture: string;
  /** `[epoch:]version-release`. */
  version: string;
  /** File name of the source package; `(none)` when rpm doesn't know it. */
  sourceRpm: string;
  /** When it was installed, Unix seconds by the machine's clock. */
  installedAt: number;
}

/** rpm's own query format (rpm-queryformat(7)). No field can hold a tab: rpmbuild refuses such names; a line of another shape is counted as odd. */
export const RPM_FORMAT = "%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\t%{INSTALLTIME}\\n";

/** `rpm -qa --qf RPM_FORMAT`. `odd`: lines that aren't understood. */
export function parseRpmQuery(text: string): { packages: RpmPackage[]; odd: number } {
  const packages: RpmPackage[] = [];
  let odd = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [name = "", version = "", architecture = "", sourceRpm = "", installedAt = "", ...more] = line.split("\t");
    // A key that signatures are checked with is kept like a package and isn't one.
    if (name === "gpg-pubkey") continue;
    if (name === "" || architecture === "" || more.length > 0 || !/^\d+$/.test(installedAt)) odd++;
    else packages.push({ name, architecture, version: version.replace(/^0:/, ""), sourceRpm, installedAt: Number(installedAt) });
  }
  return { packages, odd };
}

export const readRpmDatabase = async (run: RunProgram): Promise<{ packages: RpmPackage[]; odd: number }> =>
  parseRpmQuery(await run("rpm", ["-qa", "--qf", RPM_FORMAT]));

/** `openssl-3.0.7-1.el9.src.rpm` → its name and version. A source package's epoch isn't in its file name; a package of the same version has the same. */
export function sourceOf({ name, version, sourceRpm }: RpmPackage): InstalledPackage["source"] {
  const [, sourceName, sourceVersion] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(sourceRpm) ?? [];
  if (sourceName === undefined || sourceVersion === undefined) return undefined;
  const same = version.replace(/^\d+:/, "") === sourceVersion;
  return same && sourceName === name ? undefined : { name: sourceName, version: same ? version : sourceVersion };
}

/** Newest installed version of each package, by name; several architectures of one name are several rows. */
export function newestByName(packages: readonly RpmPackage[]): Map<string, RpmPackage[]> {
  const byName = new Map<string, RpmPackage[]>();
  for (const one of packages) {
    const rows = byName.get(one.name) ?? [];
    const index = rows.findIndex((row) => row.architecture === one.architecture);
    const known = rows[index];
    if (known === undefined) rows.push(one);
    else if (compareRpmVersions(one.version, known.version) > 0) rows[index] = one;
    byName.set(one.name, rows);
  }
  return byName;
}

/** What a package of this name and architecture would replace: the same, or what has changed between `noarch` and an architecture. */
export const replacedBy = (installed: ReadonlyMap<string, readonly RpmPackage[]>, name: string, architecture: string): RpmPackage | undefined => {
  const rows = installed.get(name) ?? [];
  return rows.find((row) => row.architecture === architecture) ?? rows.find((row) => row.architecture === "noarch" || architecture === "noarch");
};

/** Where distributions keep the database, and what its back ends (SQLite, ndb, Berkeley DB) name their files. */
const DATABASES = ["var/lib/rpm", "usr/lib/sysimage/rpm"].flatMap((folder) =>
  ["rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Packages"].map((file) => join(folder, file)),
);

/** Changes whenever packages are installed or removed; empty: there is no database. */
export async function rpmStamp(root: string): Promise<string> {
  const parts = await Promise.all(
    DATABASES.map((file) =>
      stat(join(root, file)).then(
        // A reader creates an empty write-ahead log.
        ({ mtimeMs, size, ino }) => (size === 0 ? "" : `${mtimeMs} ${size} ${ino}`),
        () => "",
      ),
    ),
  );
  return parts.filter(Boolean).join(";");
}
