import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { CheckpointOrder } from "./checkpoints.ts";

/*
 * Copies what the write-ahead log holds into the database while others go on writing, as a thread of its own: copying and syncing some megabytes takes some tens of
 * milliseconds. Answers with the pages of the log that were in it at the last pass; null: the disk has refused, or a connection is gone.
 */
const db = new Database(String(workerData), { fileMustExist: true, timeout: 0 });
db.pragma("synchronous = NORMAL"); // log and database are synced, as SQLite's own rules for a checkpoint want it
db.pragma("wal_autocheckpoint = 0");

/** What is written during one pass is left to the next: from then on there is little left. */
const SHORT_TAIL = 100;
const PASSES = 8;

function pass(): number {
  const [row] = db.pragma("wal_checkpoint(PASSIVE)") as { log: number }[];
  return row?.log ?? 0;
}

function passes({ toTheEnd }: CheckpointOrder): number {
  let pages = pass();
  for (let i = 1; toTheEnd && i < PASSES; i++) {
    const before = pages;
    pages = pass();
    if (pages - before < SHORT_TAIL) break;
  }
  return pages;
}

parentPort?.on("message", (order: CheckpointOrder) => {
  let pages: number | null;
  try {
    pages = passes(order);
  } catch {
    pages = null; // nothing is lost: what wasn't copied stays in the log, and the writer tries it itself when that grows
  }
  parentPort?.postMessage(pages);
});
