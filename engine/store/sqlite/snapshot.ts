import { statfsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type Database from "better-sqlite3";
import { ERRORS, type ErrorCode, RunwrightError } from "../../core/errors.ts";
import type { Snapshot } from "../snapshot.ts";

const PROGRAM = join(import.meta.dirname, `snapshot-worker${extname(import.meta.filename)}`);
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
  return inWorker({ file: source, to }, signal);
}

function inWorker(workerData: { file: string; to: string }, signal: AbortSignal): Promise<Snapshot> {
  const worker = new Worker(PROGRAM, { workerData, env: {}, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<Snapshot>();
  const abort = () => {
    reject(signal.reason);
    void worker.terminate();
  };
  signal.addEventListener("abort", abort, { once: true });
  worker.once("message", (answer: { snapshot: Snapshot } | { code: string | null; message: string }) => {
    if ("snapshot" in answer) return resolve(answer.snapshot);
    const { code, message } = answer;
    reject(new RunwrightError(code !== null && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "INTERNAL", message));
  });
  worker.once("error", reject);
  const ended = new Promise<void>((done) => worker.once("exit", () => done()));
  return promise.finally(async () => {
    signal.removeEventListener("abort", abort);
    await ended; // whoever removes the copy then finds nobody writing to it
  });
}
