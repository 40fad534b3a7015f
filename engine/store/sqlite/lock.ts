import { join } from "node:path";
import Database from "better-sqlite3";
import { RunwrightError } from "../../core/errors.ts";
import { createForOwner } from "./owner-file.ts";

/** In the data directory; empty. */
export const LOCK_FILE = "engine.lock";

/**
 * One engine per data directory. The lock is SQLite's own file lock on a file of its own: it ends with the process, however it dies,
 * so there is no stale lock to clean up.
 * @throws DATABASE_LOCKED
 */
export function lockDirectory(directory: string): { release(): void } {
  const file = join(directory, LOCK_FILE);
  createForOwner(file); // who can open it can hold the lock
  const db = new Database(file, { timeout: 0 });
  try {
    db.pragma("journal_mode = MEMORY");
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    throw new RunwrightError(
      "DATABASE_LOCKED",
      `another engine or a restore uses the data directory ${directory}; stop it, or start this one with another --data`,
      {
        cause,
      },
    );
  }
  return { release: () => db.close() };
}
