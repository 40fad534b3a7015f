import { statfsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { RunwrightError } from "../../core/errors.ts";
import type { Snapshot } from "../snapshot.ts";
import { copyApart } from "./apart.ts";

/** What a backup leaves of the disk: the engine itself must be able to go on. */
const SPARE_BYTES = 32 * 1024 * 1024;

interface SnapshotParts {
  file: string;
  /** The database itself when it lies in memory: then it is written down first, as no other thread can see it. */
  memory: Database.Database | null;
  to: string;
  signal: AbortSignal;
}

/** Copies a database that is in use. @throws DISK_FULL before the disk is full, DATABASE_DAMAGED, DATABASE_UNAVAILABLE; whatever the signal was given */
export async function snapshotSqlite({ file, memory, to, signal }: SnapshotParts): Promise<Snapshot> {
  signal.throwIfAborted();
  const source = memory ? `${to}.memory` : file;
  if (memory) await memory.backup(source);
  const { size } = await stat(source);
  const { bavail, bsize } = statfsSync(dirname(to));
  if (bavail * bsize < size + SPARE_BYTES)
    throw new RunwrightError("DISK_FULL", `a copy of the database takes ${size} bytes, and ${dirname(to)} has ${bavail * bsize} left; free some space`);
  return copyApart(source, to, signal);
}
