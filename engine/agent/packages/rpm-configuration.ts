import { link, mkdtemp, rename, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunProgram } from "./program.ts";

/** Now, by the file system's own clock, nanoseconds: rpm gives files the times of their package, but can't choose when they changed here. */
export async function startOfChanges(root: string): Promise<bigint> {
  const folder = await mkdtemp(join(root, "tmp/runwright-"));
  const { ctimeNs } = await stat(folder, { bigint: true });
  await rmdir(folder);
  return ctimeNs;
}

/**
 * rpm decides by the package whether a changed configuration file stays (`%config(noreplace)`: the new one is FILE.rpmnew) or goes (`%config`: the old one is FILE.rpmsave), and
 * has no option for it. Puts the new ones in place; the machine's own become FILE.rpmsave.
 * @param since what is older was there before, and isn't touched
 * @returns what was done, in words
 */
export async function replaceConfiguration(run: RunProgram, root: string, names: readonly string[], since: bigint): Promise<string[]> {
  if (names.length === 0) return [];
  const text = await run("rpm", ["-q", "--qf", "[%{FILEFLAGS:fflags}\\t%{FILENAMES}\\n]", "--", ...new Set(names)]);
  const files = text.split("\n").flatMap((line) => {
    const [, path] = /^\w*c\w*\t(\/.+)$/.exec(line) ?? [];
    return path === undefined ? [] : [path];
  });
  const done: string[] = [];
  for (const path of new Set(files)) {
    const own = join(root, path);
    const isNew = await stat(`${own}.rpmnew`, { bigint: true }).then(
      ({ ctimeNs }) => ctimeNs >= since,
      () => false,
    );
    if (!isNew) continue;
    await rm(`${own}.rpmsave`, { force: true });
    // A second name, then the exchange in one step: at no time is there no file.
    await link(own, `${own}.rpmsave`);
    await rename(`${own}.rpmnew`, own);
    done.push(`the new ${path} is in place; what was there is ${path}.rpmsave`);
  }
  return done;
}
