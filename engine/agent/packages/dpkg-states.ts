import type { ChosenUpdate } from "../../core/install.ts";
import { keyOf, type PackageState } from "./adapter.ts";
import { DPKG_FORMAT, type DpkgPackage, parseDpkgQuery } from "./apt-text.ts";
import type { RunProgram } from "./program.ts";

/** Everything that dpkg knows, in a few dozen milliseconds. */
export const askDpkg = async (run: RunProgram): Promise<DpkgPackage[]> => parseDpkgQuery(await run("dpkg-query", ["-W", "-f", `${DPKG_FORMAT}\\n`]));

export type Installed = ReadonlyMap<string, readonly DpkgPackage[]>;

export const byName = (packages: readonly DpkgPackage[]): Installed => Map.groupBy(packages, ({ name }) => name);

/**
 * The installed package that an update is for. A package may change between `all` and one architecture from one version to the next: then the only one of
 * its name is meant.
 */
export function installedOf(installed: Installed, { name, architecture }: ChosenUpdate): DpkgPackage | undefined {
  const named = installed.get(name) ?? [];
  return named.find((one) => one.architecture === architecture) ?? (named.length === 1 ? named[0] : undefined);
}

export function statesOf(installed: Installed, updates: readonly ChosenUpdate[]): Map<string, PackageState> {
  return new Map(
    updates.flatMap((update) => {
      const found = installedOf(installed, update);
      return found === undefined ? [] : [[keyOf(update), { version: found.version, whole: !found.broken }]];
    }),
  );
}
