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

/**
 * Opens what earlier attempts recorded. Arguments and outcomes are parsed each time when they are asked for: all of them parsed would be dozens of times as large as their texts.
 * Invariant: it is whole and as it was written, or nothing of it is used. A replay over a journal with a hole would do again what was done.
 * @returns `bytes`: what it takes of the limit of journals
 * @throws DATABASE_DAMAGED, naming the call and what to do
 */
export function openRecords(job: Pick<JobRecord, "id" | "runbook" | "settleSeq">, records: readonly JournalRecord[], key: JobKey) {
  const damaged = (what: string, cause?: unknown) =>
    new RunwrightError("DATABASE_DAMAGED", `the journal of job ${job.id} is damaged in the database: ${what}. It isn't replayed. ${advice(job)}`, { cause });
  const named = ({ call, op }: JournalRecord) => `call ${call} (${op})`;
  const byOrder = new Map<number, JournalRecord>();
  let bytes = 0;
  let bytesOfOutcomes = 0;

  /** @returns JSON of its outcome */
  function open(record: JournalRecord): string {
    try {
      if (record.outcome === null) throw new Error("its seal is missing");
      return unpack(key.openBytes(record.outcome, contextOf(record)));
    } catch (cause) {
      throw damaged(`${named(record)} isn't as it was written`, cause);
    }
  }

  const calls = records.map((record): RecordedCall => {
    const { settleOrder, settledAt } = record;
    const json = open(record);
    if (settleOrder === null || settledAt === null) return openedCall(record);
    const twin = byOrder.get(settleOrder);
    if (twin) throw damaged(`${named(twin)} and ${named(record)} have the same place in it`);
    byOrder.set(settleOrder, record);
    bytes += record.argsJson.length + json.length;
    // Earlier code didn't count arguments.
    bytesOfOutcomes += json.length;
    if (bytesOfOutcomes > MAX_JOURNAL_BYTES) throw damaged(`up to ${named(record)} it holds more than is ever written`);
    return openedCall(record, {
      order: settleOrder,
      at: settledAt,
      get outcome() {
        return JSON.parse(json) as Outcome;
      },
    });
  });
  for (let order = 1; order <= job.settleSeq; order++) {
    if (byOrder.has(order)) continue;
    const before = byOrder.get(order - 1);
    throw damaged(`the call that was settled as number ${order}${before ? `, after ${named(before)},` : ""} is missing`);
  }
  const beyond = [...byOrder.values()].find((record) => (record.settleOrder ?? 0) > job.settleSeq);
  if (beyond) throw damaged(`${named(beyond)} was settled as number ${beyond.settleOrder}, and the job knows of ${job.settleSeq}`);
  return { calls, bytes };
}

const openedCall = ({ call, op, argsJson, argsHash, retry }: JournalRecord, settlement?: RecordedCall["settlement"]): RecordedCall => ({
  ...{ call, op, argsHash, retry },
  get args() {
    return JSON.parse(argsJson) as unknown;
  },
  ...(settlement ? { settlement } : {}),
});
