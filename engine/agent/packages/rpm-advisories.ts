import { compareRpmVersions } from "../../core/versions/rpm.ts";
import type { RunProgram } from "./program.ts";
import { type RpmPackage, replacedBy } from "./rpm-database.ts";
import { type CachedRepository, readUpdateInfo } from "./rpm-repodata.ts";
import { type Advisory, type FixedPackage, updateInfoReader } from "./rpm-updateinfo.ts";

export interface AdvisoryParts {
  run: RunProgram;
  repositories: readonly CachedRepository[];
  installed: ReadonlyMap<string, readonly RpmPackage[]>;
  /** What can't be read is added in words. */
  problems: string[];
}

/** All advisories about builds of installed packages that aren't older than the installed one; the rest of a distribution's history isn't kept. */
export async function readAdvisories({ run, repositories, installed, problems }: AdvisoryParts): Promise<Advisory[]> {
  const isWanted = ({ name, architecture, version }: FixedPackage): boolean => {
    const here = replacedBy(installed, name, architecture);
    return here !== undefined && compareRpmVersions(version, here.version) >= 0;
  };
  const advisories = new Map<string, Advisory>();
  for (const repository of repositories) {
    const reader = updateInfoReader(isWanted);
    try {
      await readUpdateInfo(repository, reader, run);
    } catch (error) {
      problems.push(`the advisories of ${repository.id} can't be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    // One advisory may be in several repositories, with other packages in each.
    for (const one of reader.advisories) {
      const known = advisories.get(one.id);
      if (known === undefined) advisories.set(one.id, one);
      else advisories.set(one.id, { ...known, packages: [...known.packages, ...one.packages] });
    }
  }
  return [...advisories.values()];
}
