import type { ChosenUpdate } from "../../core/install.ts";
import { keyOf, type PackageState } from "./adapter.ts";
import { DPKG_FORMAT, type DpkgPackage, parseDpkgQuery } from "./apt-text.ts";
import type { RunProgram } from "./program.ts";

/** Everything that dpkg knows, in a few dozen milliseconds. */
export const askDpkg = async (run: RunProgram): Promise<DpkgPackage[]> => parseDpkgQuery(await run("dpkg-query", ["-W", "-f", `${DPKG_FORMAT}\\n`]));

/**
 * The installed package that an update is for. A package may change between `all` and one architecture from one version to the next: then the only one of
 * its name is meant.
 */
export function installedOf(packages: readonly DpkgPackage[], { name, architecture }: ChosenUpdate): DpkgPackage | undefined {
  const named = packages.filter((one) => one.name === name);
  return named.find((one) => one.architecture === architecture) ?? (named.length === 1 ? named[0] : undefined);
}

export function statesOf(packages: readonly DpkgPackage[], updates: readonly ChosenUpdate[]): Map<string, PackageState> {
  return new Map(
    updates.flatMap((update) => {
      const found = installedOf(packages, update);
      return found === undefined ? [] : [[keyOf(update), { version: found.version, whole: !found.broken }]];
    }),
  );
}
