import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * When the oldest of some files was written: the age of package lists is that of the one which wasn't fetched; a folder's own time changes with each try.
 * @returns Unix milliseconds; null: there is none
 */
export async function oldestOf(folder: string, names: RegExp): Promise<number | null> {
  const files = (await readdir(folder).catch(() => [])).filter((name) => names.test(name));
  const times = await Promise.all(
    files.map((name) =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => Math.round(mtimeMs),
        () => Number.POSITIVE_INFINITY, // it has gone meanwhile
      ),
    ),
  );
  const oldest = Math.min(...times);
  return Number.isFinite(oldest) ? oldest : null;
}
