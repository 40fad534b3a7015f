import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "./file.ts";
import { OF_NO_ACCOUNT, type Place } from "./place.ts";

/*
 * How what was restored takes the place of a data directory: the old one is put aside, the new one moved in. Between these two renames a machine can lose power. A mark
 * beside the directory says before the first one what is about to be done, so that whoever comes next can do the second one (cut-off.ts).
 */

/** Names of what lies beside the data directory. */
export interface Mark {
  /** What was restored, whole and checked. */
  staging: string;
  /** Where the old directory goes. */
  aside: string;
}

export const markOf = (directory: string): string => join(dirname(directory), `.${basename(directory)}.restoring`);

/**
 * The new directory takes the place of the old one.
 * @param keepAs what the old one's name ends with afterwards, where more is in it than the new one has
 * @returns where the old one lies; null: nowhere
 * @throws DATA_EXISTS when a directory has come where none was
 */
export async function swap(staging: string, { directory, old, isOccupied }: Place, keepAs: string): Promise<string | null> {
  const aside = isOccupied ? `${directory}.${keepAs}` : besides(staging);
  if (old) {
    await writeMark(directory, { staging: basename(staging), aside: basename(aside) });
    await rename(directory, aside);
  }
  try {
    await rename(staging, directory);
  } catch (error) {
    if (old) await rename(aside, directory); // where that fails too, the mark stays for whoever comes next
    await rm(markOf(directory), { force: true });
    throw error;
  }
  await syncFolder(dirname(directory)); // before the mark goes
  await rm(markOf(directory), { force: true });
  return old && (await keptOf(aside, staging));
}

/** What becomes of the directory that was put aside. Looked at again: whatever has come since the restore began isn't in the new one. @returns where it lies; null: it had nothing of account */
export async function keptOf(aside: string, staging: string): Promise<string | null> {
  if (aside !== besides(staging) || (await readdir(aside)).some((name) => !OF_NO_ACCOUNT.includes(name))) return aside;
  await rm(aside, { recursive: true, force: true });
  return null;
}

/** For an old directory in which there was nothing but what the new one has, too. */
const besides = (staging: string): string => `${staging}.old`;

/** On the disk before it returns, and so before what it announces. */
async function writeMark(directory: string, mark: Mark): Promise<void> {
  const file = await open(markOf(directory), "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(mark));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(dirname(directory));
}
