import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { StreamBody, StreamEntry } from "../core/job.ts";
import { MAX_JOURNAL_BYTES, type Outcome } from "../core/journal.ts";
import type { MaskedValue } from "../core/masking.ts";
import type { AttemptJournal, IssuedCall } from "../core/run.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import type { Store, Writes } from "../store/store.ts";
import { type Batch, createBatchWriter } from "./batch-writer.ts";
import type { JobFeed } from "./feed.ts";
import { sealParameters } from "./job-parameters.ts";
import type { JobKey } from "./ports.ts";
import { sealRecord } from "./sealed-records.ts";

export interface AttemptJournalParts {
  store: Store;
  clock: Clock;
  feed: JobFeed;
  job: JobRecord;
  key: JobKey;
  /** As the runbook sees them. */
  parameters: unknown;
  /** How large arguments and outcomes are that earlier attempts recorded, as far as they were opened: all of them, before a new call is made. */
  recordedBytes(): number;
  /** This engine no longer owns the job. */
  onLost(error: unknown): void;
}

type Step = { entry: StreamEntry } | { put: JournalRecord } | { parameters: NonNullable<Batch["parameters"]> };

/**
 * Writes an attempt down through one ordered queue: stream entries that are waiting go into the same transaction as the next outcome,
 * before it. Every transaction proves with the job's fence that this engine still owns the job.
 */
export function createAttemptJournal({ store, clock, feed, job, key, parameters, recordedBytes, onLost }: AttemptJournalParts) {
  let { streamSeq, settleSeq } = job;
  let bytes = 0;
  let lastAt = job.timeOrigin ?? job.startedAt ?? 0;
  let queue: Step[] = [];
  let scheduled: Promise<void> | null = null;
  const outageListeners: ((isAway: boolean) => void)[] = [];
  const writer = createBatchWriter({
    store,
    clock,
    job,
    onStored: (entries) => feed.publish({ kind: "entries", jobId: job.id, entries }),
    onOutage(isAway) {
      for (const listener of outageListeners) listener(isAway);
    },
    onLost,
  });

  function takeQueue(): Batch {
    const taken = queue;
    queue = [];
    return {
      entries: taken.flatMap((step) => ("entry" in step ? [step.entry] : [])),
      puts: taken.flatMap((step) => ("put" in step ? [step.put] : [])),
      parameters: taken.findLast((step) => "parameters" in step)?.parameters ?? null,
    };
  }

  function flush(): Promise<void> {
    // What comes in the same tick shares the write; what comes while it is under way goes with the next. Writers run in order.
    scheduled ??= Promise.resolve().then(() => {
      scheduled = null;
      if (queue.length === 0) return; // the attempt's end took it along
      return writer.write(takeQueue());
    });
    return scheduled;
  }

  const timeNow = (): number => {
    lastAt = Math.max(lastAt, clock.now()); // job time never goes back, whatever the wall clock does
    return lastAt;
  };

  const journal: AttemptJournal = {
    async issue(call: IssuedCall) {
      queue.push({ put: sealRecord({ ...record(call), settleOrder: null, settledAt: null }, "", key) });
      await flush();
    },
    async settle(call: IssuedCall, outcome: Outcome) {
      const json = JSON.stringify(outcome);
      const made = record(call);
      bytes += json.length + made.argsJson.length;
      if (recordedBytes() + bytes > MAX_JOURNAL_BYTES) {
        throw new RunwrightError(
          "TOO_LARGE",
          `the arguments and outcomes of all calls together are larger than ${MAX_JOURNAL_BYTES / 2 ** 20} MB; divide the work among several jobs, or let calls return less`,
        );
      }
      const order = ++settleSeq;
      const at = timeNow();
      queue.push({ put: sealRecord({ ...made, settleOrder: order, settledAt: at }, json, key) });
      await flush();
      return { order, at };
    },
    emit(body: StreamBody, at: number) {
      queue.push({ entry: { ...body, seq: ++streamSeq, at } });
      // Rejections reach the dispatcher through onLost.
      flush().catch(() => {});
    },
    conceal(secrets: readonly MaskedValue[]) {
      const { params, sealedParams = null } = sealParameters(job.id, { params: parameters, secrets }, null, key);
      queue.push({ parameters: { params, sealedParams } });
      flush().catch(() => {});
    },
    onOutage: (listener) => void outageListeners.push(listener),
  };

  function record({ call, op, effect, args, argsHash, retry, issuedAt }: IssuedCall): Omit<JournalRecord, "settleOrder" | "outcome" | "settledAt"> {
    return { jobId: job.id, call, op, effect, argsJson: JSON.stringify(args), argsHash, retry, issuedAt };
  }

  return {
    journal,
    /** What is still waiting, for the transaction that ends the attempt; it may be tried again. @throws what an earlier write threw */
    finish: (): ((tx: Writes) => Promise<StreamEntry[]>) => writer.finish(takeQueue()),
    /** The attempt was lost: what is still waiting is written again by the next one. */
    stop: writer.stop,
    awayMs: writer.awayMs,
  };
}
