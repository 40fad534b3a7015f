import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { isFinal } from "../core/job.ts";
import type { RecordedCall } from "../core/journal.ts";
import type { Actor } from "../core/role.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Bundles } from "./bundles.ts";
import { continuationOf, journalFor } from "./continuation.ts";
import type { Enqueued } from "./enqueue.ts";
import { openParameters, sealParameters } from "./job-parameters.ts";
import type { Sealer } from "./ports.ts";
import { requireKnownFormat } from "./resume.ts";
import { openKey, openRecords } from "./sealed-records.ts";

export interface ReplayRequest {
  jobId: string;
  /** Number of the call from which on calls are made anew; without it, what follows the journal's end is. */
  from?: number;
  actor: Actor;
  correlationId: string;
  also: (tx: Writes, job: Enqueued) => void;
}

export interface Replayable {
  job: NewJob;
  journal: JournalRecord[];
  /** Outcomes after which a debugger wants to halt: the next thing that the code does is what failed. */
  haltAfter: number;
}

export interface ReplayParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  sealer: Sealer;
  bundles: Bundles;
}

/**
 * A new job that begins with the journal of an ended one, in the version that ran then, and does no write of its own. Calls that were issued and left no outcome are
 * left out: for a job that goes on they would be asked for again.
 */
export function createReplay({ store, clock, newId, sealer, bundles }: ReplayParts) {
  return async function replay({ jobId, from, actor, correlationId }: ReplayRequest): Promise<Replayable> {
    const job = await store.read.jobs.get(jobId);
    if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${jobId}`);
    if (!isFinal(job.status)) throw new RunwrightError("CONFLICT", `job ${job.id} is ${job.status}; only a job that has ended can be replayed`);
    requireKnownFormat(job);
    // Before anything is written: it couldn't run.
    await bundles.load(job.bundleHash, job.runbook);
    const records = await store.read.journal.list(job.id);
    const calls = openRecords(job, records, openKey(job, sealer));
    const kept = keptCalls(job, calls, from);
    const { wrapped, key } = sealer.newKey();
    const id = newId("job");
    const journal = journalFor(id, key, records, kept);
    return {
      journal,
      haltAfter: haltAfter([...kept.values()], from !== undefined),
      job: {
        ...continuationOf(job),
        id,
        version: job.version,
        bundleHash: job.bundleHash,
        manifest: job.manifest,
        ...sealParameters(id, openParameters(job, sealer), null, key),
        trigger: "manual",
        dry: true,
        actor,
        correlationId,
        wrappedKey: wrapped,
        createdAt: clock.now(),
        settleSeq: journal.length,
        debug: "replay",
        replayOf: job.id,
      },
    };
  };
}

/** Settled calls by number; with `from`, those that came before it in the order of settlement. */
function keptCalls(job: JobRecord, calls: readonly RecordedCall[], from: number | undefined): Map<number, RecordedCall> {
  const cut = from === undefined ? undefined : calls.find(({ call }) => call === from);
  if (from !== undefined && !cut) throw new RunwrightError("CONFLICT", `job ${job.id} has no call ${from}; it made ${calls.length}`);
  const end = cut?.settlement?.order ?? Number.POSITIVE_INFINITY;
  return new Map(calls.flatMap((call) => (call.settlement && call.settlement.order < end ? [[call.call, call] as const] : [])));
}

/** After the outcome before the last failed one, so that the call that failed can be watched; after the last one when none has failed, or calls are made anew. */
function haltAfter(kept: readonly RecordedCall[], isCut: boolean): number {
  const failed = kept.flatMap(({ settlement }) => (settlement && !settlement.outcome.ok ? [settlement.order] : []));
  return failed.length === 0 || isCut ? kept.length : Math.max(...failed) - 1;
}
