import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { ERRORS, type ErrorCode, RunwrightError } from "../../core/errors.ts";
import type { RecordsSummary, Snapshot } from "../snapshot.ts";

const PROGRAM = join(import.meta.dirname, `apart-worker${extname(import.meta.filename)}`);

export interface ApartOrder {
  /** A database. */
  file: string;
  /** Copy it to here; null: only read all of it. */
  to: string | null;
}

/** Copies a database that is in use, in a thread of its own. @throws DATABASE_*, DISK_FULL; whatever the signal was given */
export const copyApart = (file: string, to: string, signal: AbortSignal): Promise<Snapshot> => inThread({ file, to }, signal);

/** Reads all of a database that nobody writes to, in a thread of its own. @throws DATABASE_DAMAGED; whatever the signal was given */
export const inspectApart = (file: string, signal: AbortSignal): Promise<RecordsSummary> => inThread({ file, to: null }, signal);

/** What takes long for a large database would keep everyone else waiting, and can't be interrupted: a thread can. */
function inThread<Answer>(workerData: ApartOrder, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted();
  const worker = new Worker(PROGRAM, { workerData, env: {}, execArgv: [] });
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const abort = () => {
    reject(signal.reason);
    void worker.terminate();
  };
  signal.addEventListener("abort", abort, { once: true });
  worker.once("message", (said: { answer: Answer } | { code: string | null; message: string }) => {
    if ("answer" in said) return resolve(said.answer);
    const { code, message } = said;
    reject(new RunwrightError(code !== null && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "INTERNAL", message));
  });
  worker.once("error", reject);
  const ended = new Promise<void>((done) => worker.once("exit", () => done()));
  return promise.finally(async () => {
    signal.removeEventListener("abort", abort);
    await ended; // whoever removes the copy then finds nobody writing to it
  });
}
