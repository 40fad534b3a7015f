import { statfs } from "node:fs/promises";
import { join } from "node:path";

/** With less than this nothing more can be fetched or written. */
const LEAST_BYTES = 1024 * 1024;

/**
 * Whether one of these folders lies on a full file system. Asked for after a failure: on a full disk dnf and zypper cut off what they fetch, and then say that the repository's lists
 * can't be parsed.
 */
export async function isOutOfRoom(root: string, folders: readonly string[]): Promise<boolean> {
  const free = await Promise.all(
    folders.map((folder) =>
      statfs(join(root, folder)).then(
        ({ bavail, bsize }) => bavail * bsize,
        () => Number.POSITIVE_INFINITY, // it isn't there: nothing is written to it
      ),
    ),
  );
  return free.some((bytes) => bytes < LEAST_BYTES);
}
