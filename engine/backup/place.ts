import { chmod, constants, copyFile, cp, lchown, lstat, readdir, readFile, realpath, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RunwrightError } from "../core/errors.ts";
import { LOCK_FILE } from "../store/restore.ts";

/*
 * Where a backup is restored to: a data directory that is there or isn't.
 */

/** What an operator puts into a new data directory before a restore: it belongs to this machine, and is kept. */
const OWN_FILES = ["master.key", "config.yaml"];
/** What may go: the operator's own is in the new directory, too. */
export const OF_NO_ACCOUNT: readonly string[] = [...OWN_FILES, LOCK_FILE];

export interface Place {
  /** Past all links: a link to a data directory stays, and leads to the new one. */
  directory: string;
  /** What is there; null: there is no such directory. */
  old: { names: readonly string[]; uid: number; gid: number } | null;
  /** Whether more is there than an operator puts there before a restore. */
  isOccupied: boolean;
}

/** @throws CONFIG_INVALID when the directory can't be renamed, as a disk of its own is mounted there */
export async function lookAt(given: string): Promise<Place> {
  const directory = await realpath(given).catch(ignoring("ENOENT"));
  if (directory === undefined) return { directory: given, old: null, isOccupied: false };
  const [own, parent] = [await stat(directory), await stat(dirname(directory))];
  if (own.dev !== parent.dev)
    throw new RunwrightError(
      "CONFIG_INVALID",
      `${directory} is a disk of its own, which can't be put aside: name a folder in it with --data (nothing was changed)`,
    );
  const names = await readdir(directory);
  return { directory, old: { names, uid: own.uid, gid: own.gid }, isOccupied: names.some((name) => !OF_NO_ACCOUNT.includes(name)) };
}

/**
 * Puts what belongs to this machine beside what was restored, and gives all of it to whom the old directory belongs.
 * @param keyFile the master key, when it lies elsewhere. Another one that is there is kept beside it, as what it opens may be somewhere still; null: it lies where it should
 */
export async function furnish(staging: string, { directory, old }: Place, keyFile: string | null): Promise<void> {
  // A link, such as one to a key on another disk, stays one.
  for (const name of OWN_FILES) if (old?.names.includes(name)) await cp(join(directory, name), join(staging, name), { verbatimSymlinks: true });
  if (keyFile !== null) await putKey(keyFile, join(staging, "master.key"));
  if (old && process.getuid?.() === 0)
    for (const path of [staging, ...(await readdir(staging)).map((name) => join(staging, name))]) await lchown(path, old.uid, old.gid);
}

async function putKey(from: string, to: string): Promise<void> {
  const isThere = (await lstat(to).catch(ignoring("ENOENT"))) !== undefined;
  if (isThere && (await readFile(to).catch(ignoring("ENOENT")))?.equals(await readFile(from))) return;
  if (isThere) await rename(to, `${to}.before`);
  await copyFile(from, to, constants.COPYFILE_EXCL);
  await chmod(to, 0o600);
}

const ignoring =
  (code: string) =>
  (error: unknown): undefined => {
    if (error instanceof Error && "code" in error && error.code === code) return undefined;
    throw error;
  };
