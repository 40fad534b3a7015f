import { stat } from "node:fs/promises";
import { join } from "node:path";
import { RunwrightError } from "../core/errors.ts";
import { restorePostgres } from "./postgres/snapshot.ts";
import { differenceOf, type RecordsSummary } from "./snapshot.ts";
import { inspectApart } from "./sqlite/apart.ts";
import { lockDirectory } from "./sqlite/lock.ts";

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

export { restorePostgres };

/** Keeps engines out of a data directory until it is released. @throws DATABASE_LOCKED when one uses it */
export async function holdDirectory(directory: string): Promise<{ release(): void }> {
  const hasRecords = await stat(join(directory, RECORDS_FILE)).then(
    () => true,
    () => false,
  );
  return hasRecords ? lockDirectory(directory) : { release() {} };
}
