import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";

/**
 * Files of a runbook that lie elsewhere than below a folder, as its imports reach them, links followed: who installs what somebody else has written doesn't hand over
 * files of their own with it, such as a profile with a token.
 * @param entry path of the runbook @param sources relative to it @param within the folder @returns their paths, as the runbook names them
 */
export async function strangersOf(entry: string, sources: readonly { path: string }[], within: string): Promise<string[]> {
  const [file, folder] = await Promise.all([realpath(entry), realpath(within)]);
  const all = [{ path: relative(dirname(file), file) }, ...sources];
  const isElsewhere = (path: string) => {
    const found = relative(folder, resolve(dirname(file), path));
    return isAbsolute(found) || found.split(sep)[0] === "..";
  };
  return [...new Set(all.map(({ path }) => path).filter(isElsewhere))];
}
