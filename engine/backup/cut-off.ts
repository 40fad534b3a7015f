import { readdir, readFile, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { RunwrightError } from "../core/errors.ts";
import { lockDirectory } from "../store/restore.ts";
import { syncFolder } from "./file.ts";
import { keptOf, type Mark, markOf } from "./swap.ts";

/** A restore that was cut off between its two renames. What it had restored was whole and checked before the first of them. */
export interface CutOff {
  /** Of the data, past all links. */
  directory: string;
  staging: string;
  /** What was there before. */
  aside: string;
  /** Whether something else is in the directory's place by now. */
  isTaken: boolean;
}

/** Looks for one, and changes nothing. @returns undefined also where this user may not look beside the directory */
export async function findCutOff(given: string): Promise<CutOff | undefined> {
  const directory = await pastLinks(given);
  const mark = parseMark(await readFile(markOf(directory), "utf8").catch(() => ""), directory);
  if (mark === undefined) return undefined;
  const [staging, aside] = [join(dirname(directory), mark.staging), join(dirname(directory), mark.aside)];
  // Without the one it was finished, and without the other it had not begun.
  if (!(await isFolder(staging)) || !(await isFolder(aside))) return undefined;
  const names = await readdir(directory).catch((): string[] => []);
  return { directory, staging, aside, isTaken: names.length > 0 };
}

/**
 * Does the last step of one, if there is one and nothing else is in the directory's place.
 * @returns the directory, and where the old one lies now
 * @throws DATABASE_LOCKED when the restore is still at it, PERMISSION_DENIED when this user may not
 */
export async function finishCutOff(given: string): Promise<{ directory: string; movedTo: string | null } | undefined> {
  const found = await findCutOff(given);
  if (found === undefined || found.isTaken) return undefined;
  const { directory, staging, aside } = found;
  const lock = lockDirectory(aside); // a restore that lives holds it
  try {
    await rename(staging, directory); // also over an empty one, such as systemd makes for a service
    await syncFolder(dirname(directory));
    await rm(markOf(directory), { force: true });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOENT" || code === "ENOTEMPTY" || code === "EEXIST") return undefined; // somebody else was faster
    throw new RunwrightError("PERMISSION_DENIED", `${toldOf(found)}; this user can't do that step (${code}): as root, ${stepOf(found)}`, { cause });
  } finally {
    lock.release();
  }
  return { directory, movedTo: await keptOf(aside, staging) };
}

export const toldOf = ({ directory, staging, aside }: CutOff): string =>
  `a restore into ${directory} was cut off before its last step: what it restored lies whole in ${staging}, what was there before in ${aside}`;

export const stepOf = ({ directory, staging }: CutOff): string => `mv -T ${staging} ${directory}`;

/** Folders of restores that were ended before they had checked all, or that are at work now. They hold records in the clear. */
export async function leftOfRestores(given: string): Promise<string[]> {
  const directory = await pastLinks(given);
  const names = await readdir(dirname(directory)).catch((): string[] => []);
  return names.filter((name) => isStaging(name, directory)).map((name) => join(dirname(directory), name));
}

const isStaging = (name: string, directory: string): boolean => {
  const begin = `.${basename(directory)}.restore-`;
  return name.startsWith(begin) && /^[0-9a-f]{12}$/.test(name.slice(begin.length));
};

/** Names alone: whatever else stands there leads nowhere. */
function parseMark(text: string, directory: string): Mark | undefined {
  try {
    const { staging, aside }: Partial<Record<keyof Mark, unknown>> = JSON.parse(text);
    if (typeof staging !== "string" || typeof aside !== "string" || !isStaging(staging, directory)) return undefined;
    return aside === basename(aside) && aside !== "" && aside !== "." && aside !== ".." ? { staging, aside } : undefined;
  } catch {
    return undefined; // it was cut off itself, before it announced anything
  }
}

/** Where a path leads, also when its end isn't there. */
async function pastLinks(path: string, more = 40): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const target = more > 0 ? await readlink(path).catch(() => undefined) : undefined;
  if (target !== undefined) return pastLinks(resolve(dirname(path), target), more - 1);
  return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
