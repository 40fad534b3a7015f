import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";

const PROGRAM = join(import.meta.dirname, `checkpoint-worker${extname(import.meta.filename)}`);

export interface CheckpointOrder {
  /** Until almost nothing is left that was written meanwhile. */
  toTheEnd: boolean;
}

export interface CheckpointLimits {
  /** So many changed rows are some 16 MB of log. */
  everyRows: number;
  /** Pages of the log with which it is begun anew. */
  anewFrom: number;
}

const LIMITS: CheckpointLimits = { everyRows: 2_000, anewFrom: 12_000 };

/**
 * Empties the write-ahead log of a database without keeping its writer waiting: a checkpoint of SQLite's own, within a commit, stopped the engine for 40 to 60 ms once a
 * second under load. A thread copies what is in the log; only now and then, when that is almost all of it, the writer copies the rest between two transactions: the log can begin anew
 * only where nobody writes meanwhile.
 * https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files
 * @param writer the only connection that writes; its own `wal_autocheckpoint` stays as the last resort
 */
export function createCheckpoints(file: string, writer: Database.Database, { everyRows, anewFrom }: CheckpointLimits = LIMITS) {
  const changes = writer.prepare("select total_changes()").pluck();
  let worker: Worker | undefined;
  let isUnderWay = false;
  let isAlmostEmpty = false;
  let isOver = false;
  let seen = 0;

  function ask(order: CheckpointOrder): void {
    isUnderWay = true;
    worker ??= start();
    worker.removeAllListeners("message");
    worker.once("message", (pages: number | null) => {
      isUnderWay = false;
      if (pages === null || pages < anewFrom || isOver) return;
      if (order.toTheEnd) isAlmostEmpty = true;
      else ask({ toTheEnd: true });
    });
    worker.postMessage(order);
  }

  function start(): Worker {
    const begun = new Worker(PROGRAM, { workerData: file, env: {}, execArgv: [] });
    begun.unref();
    // Without it the writer's own checkpoints go on; the next rows try again.
    begun.once("error", () => {
      worker = undefined;
      isUnderWay = false;
    });
    return begun;
  }

  return {
    /** To be called often; while a transaction is open it does nothing. */
    afterCommit(): void {
      if (writer.inTransaction) return;
      if (isAlmostEmpty) {
        isAlmostEmpty = false;
        try {
          writer.pragma("wal_checkpoint(PASSIVE)");
        } catch {
          // what wasn't copied stays in the log; a later one copies it
        }
        return;
      }
      if (isUnderWay || isOver) return;
      const now = Number(changes.get());
      if (now - seen < everyRows) return;
      seen = now;
      ask({ toTheEnd: false });
    },
    /** To be called before the writer is closed. */
    async stop(): Promise<void> {
      isOver = true;
      await worker?.terminate();
    },
  };
}
