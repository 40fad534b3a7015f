import type { Clock } from "../core/clock.ts";
import type { DebugLink } from "../core/debug.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { JobError } from "../core/job.ts";
import type { Ending, RecordedCall } from "../core/journal.ts";
import type { Run, Sandbox } from "../core/run.ts";
import { describeWaits, wakeTimeOf } from "../core/wait.ts";
import { isOutage, overOutages } from "../store/outage.ts";
import type { JobMove, JobRecord } from "../store/records/jobs.ts";
import type { Store } from "../store/store.ts";
import { createAttemptJournal } from "./attempt-journal.ts";
import type { Bundles } from "./bundles.ts";
import type { JobFeed } from "./feed.ts";
import { type JobParameters, openParameters } from "./job-parameters.ts";
import type { JobKey, Log, Sealer } from "./ports.ts";
import { tryAgain } from "./retry.ts";
import { RUNTIME } from "./runtime.ts";
import { openKey, recordedCalls } from "./sealed-records.ts";
import { topicsOf, whatIsOver } from "./waiting.ts";

/** After so many attempts that took their runner with them a job fails with `crash_loop`. */
export const MAX_CRASHES = 5;

export interface AttemptParts {
  store: Store;
  clock: Clock;
  sandbox: Sandbox;
  sealer: Sealer;
  bundles: Bundles;
  feed: JobFeed;
  log: Log;
  engineId: string;
  /** Who debugs it. */
  debug?: DebugLink;
  onEnded(): void;
}

export interface RunningAttempt {
  fence: number;
  /** Never rejects. */
  ended: Promise<void>;
  stop(): void;
  abandon(reason: string): void;
}

/** Runs one attempt of a claimed job and commits how it ended. */
export function startAttempt(job: JobRecord, parts: AttemptParts): RunningAttempt {
  const { clock, log } = parts;
  let run: Run | null = null;
  let stopAsked = false;
  let abandonedBecause: string | null = null;
  /** The engine stops, or the job is someone else's: an outage isn't waited out any more. */
  const letGo = new AbortController();
  const began = clock.monotonic();

  const ended = perform()
    .catch((error) => log.error({ err: error, job: job.id }, "an attempt's ending couldn't be committed; it is repeated when its lease ends"))
    .finally(parts.onEnded);

  async function perform(): Promise<void> {
    const loaded = await overOutages(() => load(job, parts), { signal: letGo.signal }).catch((error: unknown) => error);
    if (loaded instanceof Error || !isLoaded(loaded)) {
      await commitEnding(job, { ...parts, signal: letGo.signal }, clock.monotonic() - began, failureOf(loaded), null);
      return;
    }
    const attemptJournal = createAttemptJournal({
      ...parts,
      job,
      key: loaded.key,
      parameters: loaded.params,
      recordedBytes: loaded.recordedBytes,
      onLost: (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ job: job.id, reason }, "an attempt can't be written down any more and ends");
        abandonedBecause ??= reason;
        run?.abandon(reason);
      },
    });
    run = parts.sandbox.run(
      {
        jobId: job.id,
        originId: job.originId ?? job.id,
        attempt: job.attempt,
        runbook: job.runbook,
        version: job.version,
        scope: job.scope,
        bundle: loaded.bundle,
        bundleHash: job.bundleHash,
        sourceMap: loaded.sourceMap,
        manifest: job.manifest,
        params: loaded.params,
        secrets: loaded.secrets,
        seed: job.seed,
        startedAt: job.timeOrigin ?? job.startedAt ?? job.createdAt,
        usedMs: job.usedMs,
        dry: job.dry,
        narrowedTo: job.narrowedTo,
        ...(parts.debug ? { debug: parts.debug } : {}),
        actor: job.actor,
        correlationId: job.correlationId,
        depth: job.depth,
        retry: job.retries,
        eventsFrom: isCopy(job) ? (job.timeOrigin ?? job.createdAt) : job.createdAt,
        recorded: loaded.recorded,
        storedStreamEntries: job.streamSeq - job.streamBase,
      },
      attemptJournal.journal,
    );
    if (abandonedBecause) run.abandon(abandonedBecause);
    if (stopAsked) run.stop();
    const ending = await run.ended;
    const usedMs = clock.monotonic() - began - attemptJournal.awayMs();
    await commitEnding(job, { ...parts, signal: letGo.signal }, usedMs, ending, attemptJournal, abandonedBecause !== null);
  }

  return {
    fence: job.fence,
    ended,
    stop() {
      stopAsked = true;
      run?.stop();
    },
    abandon(reason) {
      letGo.abort();
      abandonedBecause ??= reason;
      run?.abandon(reason);
    },
  };
}

interface Loaded extends JobParameters {
  bundle: string;
  sourceMap: string | null;
  recorded: readonly RecordedCall[];
  recordedBytes: () => number;
  key: JobKey;
}

/** Whether it began with the journal of another job. */
const isCopy = ({ resumedFrom, replayOf }: JobRecord): boolean => resumedFrom !== null || replayOf !== null;

const isLoaded = (value: unknown): value is Loaded => typeof value === "object" && value !== null && "bundle" in value;

/** @throws BUNDLE_DAMAGED, DATABASE_DAMAGED, DATABASE_UNAVAILABLE */
async function load(job: JobRecord, { store, sealer, bundles, debug }: AttemptParts): Promise<Loaded> {
  if (job.debug !== null && !debug) throw new RunwrightError("CONFLICT", "the debug session that it belonged to is over");
  const bundle = await bundles.load(job.bundleHash, job.runbook);
  const key = openKey(job, sealer);
  const records = job.attempt > 1 || isCopy(job) ? await store.read.journal.list(job.id) : [];
  const { calls, bytes } = recordedCalls(job, records, key);
  return { ...openParameters(job, sealer), bundle: bundle.text, sourceMap: bundle.sourceMap, key, recorded: calls, recordedBytes: bytes };
}

function failureOf(error: unknown): Ending {
  // The database was away until the attempt was let go: nothing is wrong with the job.
  if (isOutage(error)) return { kind: "lost", reason: "the database was away", blameless: true };
  const message = error instanceof Error ? error.message : String(error);
  // Of what was read, what isn't as it was written is damage; of anything else it can't be known that the job has a part in it.
  const isDamage = !isRunwrightError(error) || error.code === "BUNDLE_DAMAGED" || error.code === "DATABASE_DAMAGED";
  if (!isDamage) return { kind: "lost", reason: message };
  return { kind: "failed", failureCode: "damaged", error: { name: "DamageError", message }, usage: { cpuMs: 0, heapBytes: 0, hostCalls: 0 } };
}

/** What another runtime computes may differ by itself: whoever looks for the reason should know. */
function explained({ runtime }: JobRecord, { failureCode, error }: Extract<Ending, { kind: "failed" }>): JobError {
  if (failureCode !== "nondeterminism" || runtime === null || runtime === RUNTIME) return error;
  return { ...error, message: `${error.message}. The job began on ${runtime}, and this is ${RUNTIME}: the runtime itself may be the reason` };
}

/** An ending that is `lost` puts the job back into the queue: another attempt goes on from the journal. */
async function commitEnding(
  job: JobRecord,
  { store, clock, feed, log, engineId, signal }: AttemptParts & { signal: AbortSignal },
  usedMs: number,
  ending: Ending,
  attemptJournal: ReturnType<typeof createAttemptJournal> | null,
  abandoned = false,
): Promise<void> {
  const base = { at: clock.now(), by: engineId, usedMs: Math.round(usedMs) };
  const crashed = ending.kind === "lost" && !abandoned && ending.blameless !== true;
  const move = ((): JobMove => {
    switch (ending.kind) {
      case "completed":
        return { ...base, to: "completed", reason: "the runbook returned", usage: ending.usage };
      case "failed":
        return { ...base, to: "failed", reason: ending.failureCode, failureCode: ending.failureCode, error: explained(job, ending), usage: ending.usage };
      case "stopped":
        return { ...base, to: "stopped", reason: "stopped on request", usage: ending.usage };
      case "waiting":
        return { ...base, to: "waiting", reason: describeWaits(ending.waits), usage: ending.usage, wakeAt: wakeTimeOf(ending.waits) };
      case "lost":
        // Nobody looks at it any more, and nobody else may.
        if (job.debug !== null) return { ...base, to: "stopped", reason: ending.reason, error: { name: "SessionLost", message: ending.reason } };
        if (crashed && job.crashes + 1 >= MAX_CRASHES) {
          const error = { name: "Error", message: `${MAX_CRASHES} attempts ended with their runner, the last one because ${ending.reason}` };
          return { ...base, to: "failed", reason: "crash_loop", failureCode: "crash_loop", error, crashed };
        }
        return { ...base, to: "queued", reason: ending.reason, crashed };
    }
  })();

  // What is still waiting to be written belongs to the job only if its attempt ended properly; a lost one writes it again.
  if (ending.kind === "lost") attemptJournal?.stop();
  const rest = ending.kind === "lost" ? undefined : attemptJournal?.finish();
  const commit = () =>
    store.write(async (tx) => {
      const over = ending.kind === "waiting" ? await whatIsOver(tx, job.id, ending.waits, clock.now()) : undefined;
      const entries = rest ? await rest(tx) : [];
      const again = ending.kind === "failed" && job.debug === null ? await tryAgain(tx, job, ending, { ...base, usage: ending.usage }) : undefined;
      if (again) return { entries: [...entries, again.entry], moved: again.moved };
      const moved = await tx.jobs.move(job.id, job.fence, over === undefined ? move : { ...base, to: "queued", reason: over });
      if (moved?.status === "waiting" && ending.kind === "waiting") await tx.waits.put(job.id, topicsOf(ending.waits));
      return { entries, moved };
    });
  let isRepeated = false;
  const onWait = () => {
    isRepeated = true;
  };
  const done = await overOutages(commit, { signal, onWait }).catch((error: unknown) => {
    if (isRunwrightError(error, "CONFLICT")) return undefined; // what was still to be written belongs to nobody any more
    throw error;
  });
  if (!done?.moved) {
    const now = isRepeated ? await store.read.jobs.get(job.id) : undefined;
    // An outage has swallowed the answer to the first try, and it was stored all the same.
    if (now && now.fence === job.fence + 1) return feed.publish({ kind: "status", job: now });
    log.warn({ job: job.id }, "the job belongs to another attempt; this one's ending changes nothing");
    return;
  }
  if (done.entries.length > 0) feed.publish({ kind: "entries", jobId: job.id, entries: done.entries });
  feed.publish({ kind: "status", job: done.moved });
}
