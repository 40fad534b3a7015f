import { closeSync, fdatasync, fsyncSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { RunwrightError } from "../../core/errors.ts";

const syncData = promisify(fdatasync);

/**
 * Brings what a database in WAL mode has committed to the disk, in a thread of its own: with `synchronous = NORMAL` a commit writes the log without waiting for the
 * disk, so that the next transaction runs while the disk works. SQLite itself syncs the log before a checkpoint, and the database after it.
 * https://www.sqlite.org/pragma.html#pragma_synchronous, https://www.sqlite.org/wal.html#performance_considerations
 * @param file the database; its write-ahead log is there already, and stays as long as somebody has the database open
 */
export function openWalSync(file: string): { sync: () => Promise<void>; close(): void } {
  // For writing, as Windows syncs nothing else. SQLite takes no locks on this file, which closing it would end.
  const log = openSync(`${file}-wal`, "r+");
  syncDirectory(dirname(file));
  const sync = () =>
    syncData(log).catch((cause) => {
      throw new RunwrightError(
        "DATABASE_UNAVAILABLE",
        `the disk doesn't confirm what was written to ${file} (${cause.code}); check the disk, then restart the engine`,
        {
          cause,
        },
      );
    });
  return { sync, close: () => closeSync(log) };
}

/** The log's name is durable too. */
function syncDirectory(path: string): void {
  if (process.platform === "win32") return; // its directories can't be opened, and need no sync
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/**
 * Who asks while a sync is under way waits for the next, as that one may have begun before their commit; all of them share it.
 * Once a sync has failed, so do all later ones: what the system has dropped then can't be written again, and a later success would say nothing about it.
 */
export function createFlush(sync: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  async function begin(before: Promise<void> | null): Promise<void> {
    await before;
    underWay = next;
    next = null;
    await sync();
  }

  return () => {
    next ??= begin(underWay);
    return next;
  };
}
