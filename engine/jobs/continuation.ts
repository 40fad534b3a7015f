import type { RecordedCall } from "../core/journal.ts";
import type { JobRecord, NewJob } from "../store/records/jobs.ts";
import type { JournalRecord } from "../store/records/journal.ts";
import type { JobKey } from "./ports.ts";
import { sealRecord } from "./sealed-records.ts";

/** What a job that goes on from another's journal has of that one: what it may reach, above all, and what a replay rests on. */
export const continuationOf = (job: JobRecord) =>
  ({
    runbookId: job.runbookId,
    runbook: job.runbook,
    scope: job.scope,
    narrowedTo: job.narrowedTo,
    depth: job.depth,
    priority: job.priority,
    seed: job.seed,
    runtime: job.runtime,
    originId: job.originId ?? job.id,
    timeOrigin: job.timeOrigin ?? job.startedAt,
    parentId: null,
    idempotencyKey: null,
  }) satisfies Partial<NewJob>;

/** Records of calls that are kept, with the order and outcome that those have now, sealed for another job. */
export const journalFor = (jobId: string, key: JobKey, records: readonly JournalRecord[], kept: ReadonlyMap<number, RecordedCall>): JournalRecord[] =>
  records.flatMap((record) => {
    const settlement = kept.get(record.call)?.settlement;
    if (!settlement) return [];
    const { outcome: _, ...same } = record;
    return [sealRecord({ ...same, jobId, settleOrder: settlement.order }, JSON.stringify(settlement.outcome), key)];
  });
