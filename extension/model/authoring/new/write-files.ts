import type { WrittenFile } from "./sdk-folder.ts";

/** The part of a file system that is needed here; paths are relative to the folder of runbooks. */
export interface Folder {
  /** @returns undefined: there is none */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
}

/** Writes what isn't as it should be. @returns the paths that were written */
export async function writeChanged(folder: Folder, files: readonly WrittenFile[]): Promise<string[]> {
  const written: string[] = [];
  for (const { path, text } of files) {
    if ((await folder.read(path)) === text) continue;
    await folder.write(path, text);
    written.push(path);
  }
  return written;
}

/** Writes what isn't there; what is, stays as it is. @returns the paths that were written */
export async function writeMissing(folder: Folder, files: readonly WrittenFile[]): Promise<string[]> {
  const written: string[] = [];
  for (const { path, text } of files) {
    if ((await folder.read(path)) !== undefined) continue;
    await folder.write(path, text);
    written.push(path);
  }
  return written;
}

/** What was written, for people: a folder of ours counts as one thing. */
export function writtenWords(paths: readonly string[], sdkFolder: string): string {
  const own = paths.filter((path) => !path.startsWith(`${sdkFolder}/`));
  const named = [...own, ...(own.length < paths.length ? [`${sdkFolder}/ (types of the SDK, ignored by Git)`] : [])];
  return named.length === 0 ? "Everything is there already." : `Wrote ${named.join(", ")}.`;
}
