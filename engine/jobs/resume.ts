import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { NewId } from "../core/id.ts";
import { isFinal } from "../core/job.ts";
import { JOURNAL_FORMAT, type RecordedCall } from "../core/journal.ts";
import type { Actor } from "../core/role.ts";
import { validateParameters } from "../protocol/parameters.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Admission } from "./admission.ts";
import type { ConcurrencyKeys } from "./concurrency-key.ts";
import { continuationOf, journalFor } from "./continuation.ts";
import { openParameters, sealParameters } from "./job-parameters.ts";
import type { Sealer } from "./ports.ts";
import { openKey, openRecords } from "./sealed-records.ts";

export interface ResumeRequest {
  jobId: string;
  /** Another published version, whose calls must match what is kept. */
  version?: number;
  /** Number of the call to go on from; without it, the failed one. */
  from?: number;
  actor: Actor;
  correlationId: string;
  also?: (tx: Writes, job: JobRecord) => void;
}

export interface ResumeParts {
  store: Store;
  clock: Clock;
  newId: NewId;
  sealer: Sealer;
  admission: Admission;
  concurrencyKeyOf: ConcurrencyKeys;
}

/** Goes on from the middle of a job that has failed or was stopped, with a new job that keeps the journal up to there. */
export function createResume({ store, clock, newId, sealer, admission, concurrencyKeyOf }: ResumeParts) {
  /**
   * @returns the new job, committed: queued, or ended already when its runbook wants that of a job beyond its limit
   * @throws JOB_NOT_FOUND, CONFLICT when it can't be resumed or is being resumed already, VERSION_NOT_FOUND, PARAMETERS_INVALID, DATABASE_DAMAGED
   */
  return async function resume(request: ResumeRequest): Promise<JobRecord> {
    const job = await store.read.jobs.get(request.jobId);
    if (!job) throw new RunwrightError("JOB_NOT_FOUND", `there is no job ${request.jobId}`);
    if (job.status !== "failed" && job.status !== "stopped") {
      throw new RunwrightError("CONFLICT", `job ${job.id} is ${job.status}; only a job that has failed or was stopped can be resumed`);
    }
    if (job.debug !== null) {
      // Another process would take it, without the session that withholds its writes and holds its code.
      const instead = job.debug === "replay" ? `is a replay: replay or resume ${job.replayOf} instead` : "was debugged: debug its runbook again, or run it";
      throw new RunwrightError("CONFLICT", `job ${job.id} ${instead}`);
    }
    requireKnownFormat(job);
    const records = await store.read.journal.list(job.id);
    const calls = openRecords(job, records, openKey(job, sealer));
    const kept = keptCalls(job, calls, request);
    const target = request.version === undefined ? job : await otherVersion(job, request.version);
    const given = openParameters(job, sealer);
    const params = target === job ? given.params : validateParameters(job.runbook, target.manifest.parameters, given.params);

    const { bundleHash, manifest } = target;
    const concurrencyKey = await concurrencyKeyOf({ runbookId: job.runbookId, runbook: job.runbook, bundleHash, manifest }, params);

    const { wrapped, key } = sealer.newKey();
    const id = newId("job");
    const journal = journalFor(id, key, records, kept);
    const admitted = await store.write(async (tx) => {
      const running = (await tx.jobs.resumptionsOf(job.id)).find((one) => !isFinal(one.status));
      if (running) throw new RunwrightError("CONFLICT", `job ${job.id} is being resumed already, as ${running.id}`);
      const inserted = await admission.insert(
        tx,
        {
          ...continuationOf(job),
          id,
          version: target.version,
          bundleHash,
          manifest,
          ...sealParameters(id, { params, secrets: given.secrets }, concurrencyKey, key),
          trigger: job.trigger,
          dry: job.dry,
          actor: request.actor,
          correlationId: request.correlationId,
          wrappedKey: wrapped,
          createdAt: clock.now(),
          resumedFrom: job.id,
          settleSeq: journal.length,
        },
        request.actor.name,
      );
      for (const record of journal) await tx.journal.put(record);
      // Those of a stopped job are being stopped.
      if (job.status === "failed" && !isFinal(inserted.job.status)) await tx.jobs.adoptChildren(job.id, id);
      request.also?.(tx, inserted.job);
      return inserted;
    });
    admission.tell(admitted);
    return admitted.job;
  };

  async function otherVersion(job: JobRecord, version: number) {
    const found = await store.read.runbooks.version(job.runbookId, version);
    if (!found) throw new RunwrightError("VERSION_NOT_FOUND", `runbook "${job.runbook}" has no version ${version}`);
    return found;
  }
}

/** @throws CONFLICT: newer code has begun the journal */
export function requireKnownFormat({ id, journalFormat }: Pick<JobRecord, "id" | "journalFormat">): void {
  if (journalFormat <= JOURNAL_FORMAT) return;
  const message = `the journal of job ${id} has format ${journalFormat}, this engine knows ${JOURNAL_FORMAT}; upgrade it, or ask a newer engine`;
  throw new RunwrightError("CONFLICT", message);
}

/** Settled calls that came before the one to go on from, by number: a prefix of the order of settlement, so that it replays. */
function keptCalls(job: JobRecord, calls: readonly RecordedCall[], { from, version }: ResumeRequest): Map<number, RecordedCall> {
  const settled = calls.filter((call) => call.settlement !== undefined).sort((a, b) => orderOf(a) - orderOf(b));
  const until = (cut: RecordedCall | undefined) =>
    new Map((cut?.settlement ? settled.filter((call) => orderOf(call) < orderOf(cut)) : settled).map((call) => [call.call, call]));
  if (from !== undefined) {
    const cut = calls.find((call) => call.call === from);
    if (!cut) throw new RunwrightError("CONFLICT", `job ${job.id} has no call ${from}; it made ${calls.length}`);
    return until(cut);
  }
  const last = settled.at(-1);
  if (last?.settlement && !last.settlement.outcome.ok) return until(last);
  // What failed was the runbook itself, or a call that left no outcome. The same code over the same journal would fail the same way.
  const isOpen = calls.some((call) => call.settlement === undefined);
  if (job.status === "stopped" || isOpen || version !== undefined || job.failureCode !== "error") return until(undefined);
  throw new RunwrightError(
    "CONFLICT",
    `no call of job ${job.id} failed, the runbook itself did: publish a corrected version and resume with --version, or choose a call with --from`,
  );
}

const orderOf = (call: RecordedCall): number => call.settlement?.order ?? Number.POSITIVE_INFINITY;
