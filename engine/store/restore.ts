import { RunwrightError } from "../core/errors.ts";
import { restorePostgres } from "./postgres/snapshot.ts";
import { differenceOf, type RecordsSummary } from "./snapshot.ts";
import { inspectApart } from "./sqlite/apart.ts";
import { LOCK_FILE, lockDirectory } from "./sqlite/lock.ts";
import { noteRestore } from "./sqlite/restore-note.ts";

/** The file in a data directory that holds all records. */
export const RECORDS_FILE = "runwright.db";

/** Reads a copy of all records and compares it with what was counted when it was made. @throws BACKUP_DAMAGED, DATABASE_DAMAGED */
export async function requireSameRecords(file: string, expected: RecordsSummary, signal: AbortSignal): Promise<void> {
  const found = await inspectApart(file, signal);
  const difference =
    differenceOf(expected.counts, found.counts) ??
    (found.schemaVersion === expected.schemaVersion && found.masterKeyCheck === expected.masterKeyCheck
      ? undefined
      : "its schema version or master key differs");
  if (difference) throw new RunwrightError("BACKUP_DAMAGED", `the records aren't what was backed up: ${difference}`);
}

export { LOCK_FILE, lockDirectory, noteRestore, restorePostgres };
