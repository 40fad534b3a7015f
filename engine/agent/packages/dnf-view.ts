import { mkdtemp, readdir, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { CachedRepository } from "./rpm-repodata.ts";

/** A folder of our own that looks to dnf like the machine's cache. */
export interface DnfView extends AsyncDisposable {
  /** Makes dnf read the machine's metadata, and write locks, logs and indexes to our folder. */
  options: readonly string[];
  /** The newest of each repository. */
  repositories: CachedRepository[];
}

/**
 * Lets dnf be asked without taking the machine's locks: a folder of links to what lies in its cache. So a question neither waits for a running dnf nor makes one wait,
 * needs no root, and doesn't fill the machine's logs.
 * @param root where the machine's files are
 */
export async function openDnfView(root: string, cacheDirectory: string): Promise<DnfView> {
  const folder = await mkdtemp(join(root, "tmp/runwright-dnf-"));
  const inside = join("/", folder.slice(root.length));
  const names = (await readdir(join(root, cacheDirectory)).catch(() => [])).filter((name) => !name.endsWith(".pid"));
  await Promise.all(names.map((name) => symlink(join(cacheDirectory, name), join(folder, name))));
  return {
    options: ["-q", "-C", `--setopt=cachedir=${inside}`, `--setopt=logdir=${inside}`, "--setopt=exit_on_lock=1"],
    repositories: await newestOfEach(join(root, cacheDirectory), names),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** dnf names a folder for the repository's id and a hash of its address; that of an old address stays. */
async function newestOfEach(cache: string, names: readonly string[]): Promise<CachedRepository[]> {
  const newest = new Map<string, CachedRepository & { mtimeMs: number }>();
  for (const name of names) {
    const [, id] = /^(.+)-[0-9a-f]{16}$/.exec(name) ?? [];
    if (id === undefined) continue;
    const folder = join(cache, name);
    const found = await stat(join(folder, "repodata/repomd.xml")).catch(() => undefined);
    if (found !== undefined && found.mtimeMs > (newest.get(id)?.mtimeMs ?? 0)) newest.set(id, { id, folder, mtimeMs: found.mtimeMs });
  }
  return [...newest.values()].map(({ id, folder }) => ({ id, folder }));
}
