import { closeSync, fdatasync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { RunwrightError } from "../../core/errors.ts";
import type { Dialect } from "../dialect.ts";

const syncData = (descriptor: number) => new Promise<void>((resolve, reject) => fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error))));

/**
 * Brings what a database in WAL mode has committed to the disk, in a thread of Node's pool: with `synchronous = NORMAL` a commit writes the log without waiting for the
 * disk, so that the next transaction runs while the disk works. SQLite itself syncs the log before a checkpoint, and the database after it.
 * https://www.sqlite.org/pragma.html#pragma_synchronous, https://www.sqlite.org/wal.html#performance_considerations
 * @param file the database; its write-ahead log is there already, and stays as long as somebody has the database open
 */
export function openWalSync(file: string): { sync: () => Promise<void>; close(): void } {
  // For writing, as Windows syncs nothing else. SQLite takes no locks on this file, which closing it would end.
  const log = openSync(`${file}-wal`, "r+");
  try {
    syncDirectory(dirname(file));
  } catch (error) {
    closeSync(log);
    throw error;
  }
  const sync = () =>
    syncData(log).catch((cause) => {
      const message = `the disk doesn't confirm what was written to ${file} (${cause.code}); check the disk, then restart the engine`;
      throw new RunwrightError("DATABASE_UNAVAILABLE", message, { cause });
    });
  return { sync, close: () => closeSync(log) };
}

/** What a system says that syncs no directories, or not for everyone who may write into them: https://man7.org/linux/man-pages/man2/fsync.2.html */
const NOT_FOR_DIRECTORIES = ["EINVAL", "ENOTSUP", "EACCES", "EPERM", "EISDIR"];

/** The log's name is durable too. */
function syncDirectory(path: string): void {
  let directory: number | undefined;
  try {
    directory = openSync(path, "r");
    fsyncSync(directory);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && NOT_FOR_DIRECTORIES.includes(String(error.code)))) throw error;
  } finally {
    if (directory !== undefined) closeSync(directory);
  }
}

/**
 * Who asks while a sync is under way waits for the next, as that one may have begun before their commit; all of them share it.
 * Once a sync has failed, so do all later ones: what the system has dropped then can't be written again, and a later success would say nothing about it.
 */
export function createFlush(sync: () => Promise<void>): Pick<Dialect, "flush" | "lost"> {
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let lost: unknown;

  async function begin(before: Promise<void> | null): Promise<void> {
    await before;
    underWay = next;
    next = null;
    try {
      await sync();
    } catch (error) {
      lost = error;
      throw error;
    }
  }

  return {
    flush() {
      next ??= begin(underWay);
      return next;
    },
    lost: () => lost,
  };
}
