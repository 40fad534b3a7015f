import { formatDuration } from "../core/duration.ts";
import type { StreamEntry } from "../core/job.ts";
import type { Ending } from "../core/journal.ts";
import { callToRepeat, pauseBeforeRetry } from "../core/retry.ts";
import type { JobMove, JobRecord } from "../store/records/jobs.ts";
import type { Writes } from "../store/store.ts";

/**
 * The runbook's own policy: a failed job waits and is tried again, the same job under the same id, so that whoever waits for it waits on. Part of its journal
 * is taken back, as the policy says; its streams begin anew after an entry that says why.
 * @param how of the move, as it is for every ending
 * @returns undefined: there is no other try
 */
export async function tryAgain(
  tx: Writes,
  job: JobRecord,
  { failureCode, error }: Extract<Ending, { kind: "failed" }>,
  how: Pick<JobMove, "at" | "by" | "usage" | "usedMs">,
): Promise<{ moved: JobRecord; entry: StreamEntry } | undefined> {
  const now = await tx.jobs.lock(job.id);
  // Whoever asked to stop it doesn't want another try.
  if (now?.fence !== job.fence || now.status !== "running") return undefined;
  const policy = job.manifest.retry;
  const pauseMs = pauseBeforeRetry(policy, { jobId: job.id, retries: now.retries, failureCode, error });
  if (policy === undefined || pauseMs === undefined) return undefined;

  const calls = policy.from === "start" ? [] : await tx.journal.places(job.id);
  const repeated = callToRepeat(calls, failureCode);
  if (policy.from === "start") {
    await tx.journal.forget(job.id);
    await tx.approvals.cancelAll(job.id, how.at); // they are asked for anew
  }
  // What was issued without an outcome stays: it is asked for again under the same id, and not done twice.
  else if (repeated) await tx.journal.forgetFrom(job.id, repeated.order);

  const retries = now.retries + 1;
  const reason = `try ${retries + 1} of ${policy.attempts} in ${formatDuration(pauseMs)}, ${placeOf(repeated?.call)}; this one failed (${failureCode}): ${error.message.slice(0, 500)}`;
  const entry: StreamEntry = { kind: "log", level: "warning", message: reason, seq: now.streamSeq + 1, at: how.at };
  await tx.streams.append(job.id, [entry]);
  const moved = await tx.jobs.move(job.id, job.fence, { ...how, to: "waiting", reason, wakeAt: how.at + pauseMs });
  if (!moved) return undefined;
  const next = { retries, settleSeq: repeated ? repeated.order - 1 : 0, streamSeq: entry.seq, timeOrigin: repeated ? now.timeOrigin : how.at };
  await tx.jobs.retry(job.id, next);
  return { moved: { ...moved, ...next, streamBase: entry.seq, usedMs: 0, crashes: 0 }, entry };
}

const placeOf = (call: number | undefined): string => (call === undefined ? "from the start" : `from call ${call}`);
