import { closeSync, openSync } from "node:fs";

/**
 * Makes an empty file that its owner alone may read, unless it is there. SQLite itself would follow the umask, and what it puts beside a database (write-ahead log,
 * shared memory) takes the database's mode: a data directory that others may enter shows them nothing.
 */
export const createForOwner = (file: string): void => closeSync(openSync(file, "a", 0o600));
