import { hash } from "node:crypto";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { MAX_JOURNAL_BYTES, type Outcome, type RecordedCall } from "../core/journal.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import { pack, unpack } from "./packing.ts";
import type { JobKey, Sealer } from "./ports.ts";

/** Everything about a call that a replay rests on: its outcome opens beside the very same facts only. */
function contextOf({ jobId, call, op, effect, argsJson, argsHash, retry, settleOrder, settledAt }: Omit<JournalRecord, "outcome">): string {
  const argsDigest = hash("sha256", argsJson, "hex");
  return JSON.stringify([jobId, call, op, effect, argsDigest, argsHash, retry, settleOrder, settledAt]);
}

/** @param json the outcome; of a call that was only issued, nothing: then the seal alone proves the rest of the row */
export function sealRecord(record: Omit<JournalRecord, "outcome">, json: string, key: JobKey): JournalRecord {
  return { ...record, outcome: key.seal(pack(json), contextOf(record)) };
}

/** @throws DATABASE_DAMAGED: the master key was compared at the start, so that the job's own key isn't as it was written; DATABASE_UNAVAILABLE */
export function openKey(job: Pick<JobRecord, "id" | "runbook" | "wrappedKey">, sealer: Sealer): JobKey {
  try {
    return sealer.unwrap(job.wrappedKey);
  } catch (cause) {
    // Its root key is still to be read.
    if (isRunwrightError(cause, "DATABASE_UNAVAILABLE")) throw cause;
    const message = `the key of job ${job.id} is damaged in the database, and no call of its journal can be read without it. ${advice(job)}`;
    throw new RunwrightError("DATABASE_DAMAGED", message, { cause });
  }
}

const advice = ({ runbook }: Pick<JobRecord, "runbook">): string => `Restore the database from a backup, or start the job anew: runwright run ${runbook}`;

type OfJob = Pick<JobRecord, "id" | "runbook" | "settleSeq">;

/**
 * What earlier attempts recorded, for an attempt that replays it: an outcome is opened when it is asked for, so that the first of thousands doesn't wait for the last.
 * Invariant: whoever asks for an outcome gets it as it was written, and no place in the order of settlement is empty or taken twice. A replay over a journal with a hole would do again what was done.
 * @throws DATABASE_DAMAGED, as each outcome that is asked for does, naming the call and what to do
 */
export function recordedCalls(job: OfJob, records: readonly JournalRecord[], key: JobKey) {
  const damaged = (what: string, cause?: unknown) =>
    new RunwrightError("DATABASE_DAMAGED", `the journal of job ${job.id} is damaged in the database: ${what}. It isn't replayed. ${advice(job)}`, { cause });
  let bytes = 0;
  let bytesOfOutcomes = 0;

  /** @returns JSON text of the outcome; nothing of a call that was only issued */
  function open(record: JournalRecord): string {
    try {
      if (record.outcome === null) throw new Error("its seal is missing");
      return unpack(key.openBytes(record.outcome, contextOf(record)));
    } catch (cause) {
      throw damaged(`${named(record)} isn't as it was written`, cause);
    }
  }

  function count(record: JournalRecord, json: string): void {
    bytes += record.argsJson.length + json.length;
    // Earlier code didn't count arguments.
    bytesOfOutcomes += json.length;
    if (bytesOfOutcomes > MAX_JOURNAL_BYTES) throw damaged(`up to ${named(record)} it holds more than is ever written`);
  }

  const calls = records.map((record): RecordedCall => {
    const { call, op, argsJson, argsHash, retry, settleOrder, settledAt } = record;
    if (settleOrder === null || settledAt === null) {
      open(record);
      return { call, op, argsJson, argsHash, retry };
    }
    return {
      call,
      op,
      argsJson,
      argsHash,
      retry,
      settlement: new SealedSettlement(settleOrder, settledAt, { open: () => open(record), count: (json) => count(record, json) }),
    };
  });
  const misplaced = misplacedIn(records, job.settleSeq);
  if (misplaced !== undefined) {
    for (const { settlement } of calls) settlement?.prove?.(); // which of them was altered says more
    throw damaged(misplaced);
  }
  return { calls, bytes: () => bytes };
}

/** The same with everything opened: it is whole and as it was written. @throws DATABASE_DAMAGED */
export function openRecords(job: OfJob, records: readonly JournalRecord[], key: JobKey): readonly RecordedCall[] {
  const { calls } = recordedCalls(job, records, key);
  for (const { settlement } of calls) settlement?.prove?.();
  return calls;
}

/** Opened, and parsed, each time when it is asked for: all of them parsed would be dozens of times as large as what is stored. */
class SealedSettlement {
  readonly order: number;
  readonly at: number;
  readonly #open: () => string;
  readonly #count: (json: string) => void;
  #isProven = false;

  constructor(order: number, at: number, { open, count }: { open: () => string; count: (json: string) => void }) {
    this.order = order;
    this.at = at;
    this.#open = open;
    this.#count = count;
  }

  get outcome(): Outcome {
    return JSON.parse(this.#json()) as Outcome;
  }

  prove(): void {
    if (!this.#isProven) this.#json();
  }

  #json(): string {
    const json = this.#open();
    if (!this.#isProven) this.#count(json);
    this.#isProven = true;
    return json;
  }
}

const named = ({ call, op }: JournalRecord) => `call ${call} (${op})`;

/** What is wrong with the order of settlement, if anything is. */
function misplacedIn(records: readonly JournalRecord[], settleSeq: number): string | undefined {
  const byOrder = new Map<number, JournalRecord>();
  for (const record of records) {
    if (record.settleOrder === null) continue;
    const twin = byOrder.get(record.settleOrder);
    if (twin) return `${named(twin)} and ${named(record)} have the same place in it`;
    byOrder.set(record.settleOrder, record);
  }
  for (let order = 1; order <= settleSeq; order++) {
    if (byOrder.has(order)) continue;
    const before = byOrder.get(order - 1);
    return `the call that was settled as number ${order}${before ? `, after ${named(before)},` : ""} is missing`;
  }
  const beyond = [...byOrder.values()].find((record) => (record.settleOrder ?? 0) > settleSeq);
  return beyond && `${named(beyond)} was settled as number ${beyond.settleOrder}, and the job knows of ${settleSeq}`;
}
