import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { StreamEntry } from "../core/job.ts";
import { isOutage, pauseAfter } from "../store/outage.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import type { Store, Writes } from "../store/store.ts";

/** What goes into one transaction. */
export interface Batch {
  entries: readonly StreamEntry[];
  puts: readonly JournalRecord[];
  /** The job's parameters as they are shown from now on; null: as they are. */
  parameters: Pick<JobRecord, "params" | "sealedParams"> | null;
}

/** How far a job's streams and journal have come. */
type Progress = Pick<JobRecord, "streamSeq" | "settleSeq">;
type Numbered = Batch & { before: Progress; after: Progress };

export interface BatchWriterParts {
  store: Store;
  clock: Clock;
  job: Pick<JobRecord, "id" | "fence" | "streamSeq" | "settleSeq">;
  onStored(entries: readonly StreamEntry[]): void;
  /** The database is away, or back. */
  onOutage(isAway: boolean): void;
  /** This engine no longer owns the job. */
  onLost(error: unknown): void;
}

/**
 * Stores the batches of one attempt in the order in which they were handed over, each with the proof that the job is still this attempt's and nothing is missing
 * before it. While the database is away they wait, and are stored when it is back: the attempt pauses where it needs an answer.
 */
export function createBatchWriter({ store, clock, job, onStored, onOutage, onLost }: BatchWriterParts) {
  /** As far as an answer says so. */
  let stored: Progress = { streamSeq: job.streamSeq, settleSeq: job.settleSeq };
  let numbered = stored;
  /** Not known to be stored, in order; an outage leaves those in doubt whose commit wasn't answered. */
  const unsure = new Map<Numbered, PromiseWithResolvers<void>>();
  const underWay = new Set<Promise<void>>();
  const over = new AbortController();
  let isRecovering = false;
  let awaySince: number | null = null;
  let awayMs = 0;
  let lost: unknown = null;

  function number(batch: Batch): Numbered {
    const before = numbered;
    numbered = {
      streamSeq: batch.entries.at(-1)?.seq ?? before.streamSeq,
      settleSeq: Math.max(before.settleSeq, ...batch.puts.map((put) => put.settleOrder ?? 0)),
    };
    return { ...batch, before, after: numbered };
  }

  /** @returns the entries that this transaction adds @throws CONFLICT */
  async function put(tx: Writes, batches: readonly Numbered[], known: Progress): Promise<StreamEntry[]> {
    const found = await tx.jobs.progress(job.id);
    // A commit whose answer was lost has happened all the same: what the counters prove to be stored isn't stored again.
    const proven = found ? batches.findLastIndex((batch) => moves(batch) && isSame(batch.after, found)) : -1;
    if (found?.fence !== job.fence || (proven < 0 && !isSame(known, found))) {
      throw new RunwrightError("CONFLICT", `job ${job.id} was taken over by another attempt, or an earlier write of this one failed`);
    }
    // The issue of a call moves no counter. It is written again: as it hasn't been answered, the call has no outcome yet.
    const rest = batches.filter((batch, index) => index > proven || !moves(batch));
    const entries = rest.flatMap((batch) => batch.entries);
    if (entries.length > 0) await tx.streams.append(job.id, entries);
    for (const batch of rest) for (const record of batch.puts) await tx.journal.put(record);
    const parameters = rest.findLast((batch) => batch.parameters !== null)?.parameters;
    if (parameters) await tx.jobs.setParameters(job.id, parameters);
    const after = rest.findLast(moves)?.after;
    if (after) await tx.jobs.advance(job.id, after);
    return entries;
  }

  function accept(batch: Numbered): void {
    if (moves(batch)) stored = batch.after;
    if (batch.entries.length > 0) onStored(batch.entries);
    unsure.get(batch)?.resolve();
    unsure.delete(batch);
  }

  function giveUp(error: unknown): void {
    for (const { reject } of unsure.values()) reject(error);
  }

  function lose(error: unknown): void {
    if (lost || over.signal.aborted) return;
    lost = error;
    giveUp(error);
    onLost(error);
  }

  async function storeOne(batch: Numbered): Promise<void> {
    try {
      await store.write((tx) => put(tx, [batch], batch.before));
      accept(batch);
    } catch (error) {
      if (over.signal.aborted) unsure.get(batch)?.reject(error);
      else if (isOutage(error)) void recover();
      // What followed a batch that wasn't stored is refused for the gap: it is stored after it.
      else if (!isRecovering) lose(error);
    }
  }

  /** Never rejects. */
  async function recover(): Promise<void> {
    if (isRecovering) return;
    isRecovering = true;
    setAway(true);
    for (let failures = 1; unsure.size > 0 && !over.signal.aborted && !lost; ) {
      try {
        if (failures > 0) await pauseAfter(failures, over.signal);
        await Promise.all(underWay);
        const batches = [...unsure.keys()];
        await store.write((tx) => put(tx, batches, stored));
        failures = 0;
        for (const batch of batches) accept(batch);
      } catch (error) {
        if (isOutage(error)) failures++;
        else lose(error);
      }
    }
    isRecovering = false;
    setAway(false);
  }

  function setAway(isAway: boolean): void {
    if (isAway) awaySince = clock.monotonic();
    else awayMs += clock.monotonic() - (awaySince ?? clock.monotonic());
    onOutage(isAway);
  }

  return {
    /** @returns when it is stored; rejects when the job belongs to someone else, or the attempt has ended */
    write(batch: Batch): Promise<void> {
      if (lost) return Promise.reject(lost);
      const next = number(batch);
      const answer = Promise.withResolvers<void>();
      answer.promise.catch(() => {}); // whoever waits for it hears of it; `onLost` tells the rest
      unsure.set(next, answer);
      if (!isRecovering) {
        const answered = storeOne(next).finally(() => underWay.delete(answered));
        underWay.add(answered);
      }
      return answer.promise;
    },
    /** Nothing more is tried: what isn't stored yet is written again by the next attempt. */
    stop(): void {
      over.abort();
      giveUp(new RunwrightError("CONFLICT", `the attempt at job ${job.id} has ended`));
    },
    /** All that isn't stored yet, and `last`, for the transaction that ends the attempt; it may be tried again. @throws what an earlier write threw */
    finish(last: Batch): (tx: Writes) => Promise<StreamEntry[]> {
      if (lost) throw lost;
      over.abort();
      const ending = number(last);
      return (tx) => put(tx, [...unsure.keys(), ending], stored);
    },
    /** How long the database was away, milliseconds: no time of the job's. */
    awayMs: (): number => awayMs,
  };
}

const isSame = (a: Progress, b: Progress): boolean => a.streamSeq === b.streamSeq && a.settleSeq === b.settleSeq;
const moves = ({ before, after }: Numbered): boolean => !isSame(before, after);
