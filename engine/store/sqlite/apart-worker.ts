import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { differenceOf, type Snapshot } from "../snapshot.ts";
import type { ApartOrder } from "./apart.ts";
import { inspectSqlite, summaryOf } from "./inspect.ts";
import { translateSqlite } from "./translate.ts";

/*
 * Copies a database while others write to it: one read transaction holds its snapshot from the first page to the last, so writers neither wait nor make the copy
 * start anew. In a thread of its own, as checking a large database takes long and can't be interrupted.
 */
const { file, to }: ApartOrder = workerData;
const PAGES_AT_ONCE = 1_000;
const CHUNK = 1024 * 1024;

async function snapshot(to: string): Promise<Snapshot> {
  const source = new Database(file, { readonly: true, timeout: 5_000 });
  source.exec("begin");
  const before = summaryOf(source);
  await source.backup(to, { progress: () => PAGES_AT_ONCE });
  source.exec("rollback");
  source.close();
  const copy = new Database(to);
  copy.pragma("journal_mode = delete"); // one file, whole by itself
  copy.close();
  const after = inspectSqlite(to);
  const difference = differenceOf(before.counts, after.counts);
  if (difference) throw new RunwrightError("DATABASE_DAMAGED", `the copy differs from the database: ${difference}`);
  return { ...after, ...digest(to) };
}

/** On disk, and read back. */
function digest(path: string): Pick<Snapshot, "bytes" | "sha256"> {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(CHUNK);
  let bytes = 0;
  const handle = openSync(path, "r+");
  try {
    fsyncSync(handle);
    for (let read = readSync(handle, chunk); read > 0; read = readSync(handle, chunk)) {
      hash.update(chunk.subarray(0, read));
      bytes += read;
    }
  } finally {
    closeSync(handle);
  }
  return { bytes, sha256: hash.digest("hex") };
}

try {
  parentPort?.postMessage({ answer: to === null ? inspectSqlite(file) : await snapshot(to) });
} catch (cause) {
  const error = translateSqlite(cause, file);
  // Errors lose their class on their way between threads.
  parentPort?.postMessage(isRunwrightError(error) ? { code: error.code, message: error.message } : { code: null, message: String(error) });
}
