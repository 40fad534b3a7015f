import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { StreamBody, StreamEntry } from "../core/job.ts";
import type { Outcome, RecordedCall } from "../core/journal.ts";
import type { AttemptJournal, IssuedCall } from "../core/run.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import type { Store, Writes } from "../store/store.ts";
import type { JobFeed } from "./feed.ts";
import type { JobKey } from "./ports.ts";

export const contextOf = (jobId: string, call: number): string => `${jobId}:${call}`;

/** Opens what earlier attempts recorded. @throws when an entry was altered on disk */
export function openRecords(jobId: string, records: readonly JournalRecord[], key: JobKey): RecordedCall[] {
  return records.map((record) => {
    const { call, op, args, argsHash, retry, settleOrder, outcome, settledAt } = record;
    if (settleOrder === null || outcome === null || settledAt === null) return { call, op, args, argsHash, retry };
    return {
      call,
      op,
      args,
      argsHash,
      retry,
      settlement: { order: settleOrder, outcome: JSON.parse(key.open(outcome, contextOf(jobId, call))) as Outcome, at: settledAt },
    };
  });
}

export interface AttemptJournalParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  job: JobRecord;
  key: JobKey;
  /** This engine no longer owns the job. */
  onLost(error: unknown): void;
}

type Step = { entry: StreamEntry } | { put: JournalRecord };

/**
 * Writes an attempt down through one ordered queue: stream entries that are waiting go into the same transaction as the next outcome,
 * before it. Every transaction proves with the job's fence that this engine still owns the job.
 */
export function createAttemptJournal({ store, clock, feed, job, key, onLost }: AttemptJournalParts) {
  let { streamSeq, settleSeq } = job;
  /** How far the transactions handed over so far will have come. */
  let written = { streamSeq, settleSeq };
  let lastAt = job.timeOrigin ?? job.startedAt ?? 0;
  let queue: Step[] = [];
  let scheduled: Promise<void> | null = null;
  let lost: unknown = null;

  /** All that is waiting, as one writer. */
  function takeQueue(): (tx: Writes) => Promise<StreamEntry[]> {
    const entries = queue.flatMap((step) => ("entry" in step ? [step.entry] : []));
    const puts = queue.flatMap((step) => ("put" in step ? [step.put] : []));
    queue = [];
    const before = written;
    const after = { streamSeq: entries.at(-1)?.seq ?? before.streamSeq, settleSeq: Math.max(before.settleSeq, ...puts.map((put) => put.settleOrder ?? 0)) };
    written = after;
    return async (tx) => {
      const stored = await tx.jobs.progress(job.id);
      // Also when an earlier write of this attempt has failed: what follows a gap isn't written.
      if (stored?.fence !== job.fence || stored.streamSeq !== before.streamSeq || stored.settleSeq !== before.settleSeq) {
        throw new RunwrightError("CONFLICT", `job ${job.id} was taken over by another attempt, or an earlier write of this one failed`);
      }
      if (entries.length > 0) await tx.streams.append(job.id, entries);
      for (const put of puts) await tx.journal.put(put);
      if (after.streamSeq !== before.streamSeq || after.settleSeq !== before.settleSeq) await tx.jobs.advance(job.id, after);
      return entries;
    };
  }

  function flush(): Promise<void> {
    if (lost) return Promise.reject(lost);
    if (!scheduled) {
      // What comes in the same tick shares the write; what comes while it is under way goes with the next. Writers run in order.
      scheduled = Promise.resolve().then(async () => {
        scheduled = null;
        if (queue.length === 0) return; // the attempt's end took it along
        const entries = await store.write(takeQueue());
        if (entries.length > 0) feed.publish({ kind: "entries", jobId: job.id, entries });
      });
      scheduled.catch((error) => {
        if (lost) return;
        lost = error;
        onLost(error);
      });
    }
    return scheduled;
  }

  const timeNow = (): number => {
    lastAt = Math.max(lastAt, clock.now()); // job time never goes back, whatever the wall clock does
    return lastAt;
  };

  const journal: AttemptJournal = {
    async issue(call: IssuedCall) {
      queue.push({ put: { ...record(call), settleOrder: null, outcome: null, settledAt: null } });
      await flush();
    },
    async settle(call: IssuedCall, outcome: Outcome) {
      const order = ++settleSeq;
      const at = timeNow();
      queue.push({ put: { ...record(call), settleOrder: order, outcome: key.seal(JSON.stringify(outcome), contextOf(job.id, call.call)), settledAt: at } });
      await flush();
      return { order, at };
    },
    emit(body: StreamBody, at: number) {
      queue.push({ entry: { ...body, seq: ++streamSeq, at } });
      // Rejections reach the dispatcher through onLost.
      flush().catch(() => {});
    },
  };

  function record({ call, op, effect, args, argsHash, retry }: IssuedCall): Omit<JournalRecord, "settleOrder" | "outcome" | "settledAt"> {
    return { jobId: job.id, call, op, effect, args, argsHash, retry, issuedAt: clock.now() };
  }

  return {
    journal,
    /** What is still waiting, for the transaction that ends the attempt. @throws what an earlier write threw */
    finish(): (tx: Writes) => Promise<StreamEntry[]> {
      if (lost) throw lost;
      return takeQueue();
    },
  };
}
