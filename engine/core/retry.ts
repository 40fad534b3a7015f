import type { FailureCode, JobError } from "./job.ts";

/** A runbook's own policy for jobs that fail: part of its manifest. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  attempts: number;
  initialMs: number;
  factor: number;
  maxMs: number;
  /** Failure codes, codes or names of errors that are tried again. */
  on: readonly string[];
  from: RetryFrom;
}

/** `lastCall`: what was recorded is kept, but the last call, which is made anew. `start`: everything is done again. */
export const RETRY_FROM = ["lastCall", "start"] as const;
export type RetryFrom = (typeof RETRY_FROM)[number];

export const MAX_RETRY_ATTEMPTS = 100;

/** Trying again can't help, or would do harm. */
export const NEVER_RETRIED: readonly FailureCode[] = [
  "permission_denied",
  "nondeterminism",
  "crash_loop",
  "rejected",
  "damaged",
  "secret_changed",
  "no_dry_result",
];

/**
 * @param retries tries that the policy has added already
 * @returns milliseconds until the next try; undefined: there is none
 */
export function pauseBeforeRetry(
  policy: RetryPolicy | undefined,
  { jobId, retries, failureCode, error }: { jobId: string; retries: number; failureCode: FailureCode; error: JobError },
): number | undefined {
  if (policy === undefined || retries + 1 >= policy.attempts || NEVER_RETRIED.includes(failureCode)) return undefined;
  if (![failureCode, error.code, error.name].some((one) => one !== undefined && policy.on.includes(one))) return undefined;
  const full = Math.min(policy.maxMs, policy.initialMs * policy.factor ** retries);
  return Math.round(full * (1 - fractionOf(`${jobId} ${retries}`) / 4));
}

/** From 0 to 1, always the same for the same text: jobs that failed together don't come back together, and a replay of the decision gives the same. FNV-1a. */
function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** Waiting alone made nothing fail. */
const PAUSES: readonly string[] = ["sleep"];

interface MadeCall {
  call: number;
  op: string;
  settleOrder: number | null;
  /** Unix milliseconds. */
  issuedAt: number;
  settledAt: number | null;
}

/**
 * The call that a retry makes anew: the last one that was settled, pauses not counted. Whatever was settled after it is done again, too.
 * When the job didn't fail of an outcome but of a limit, while a later call was still open, that one is asked for again and all that was settled is kept: its
 * arguments may be made of it.
 * @returns the call, and the place from which on settled calls are forgotten; undefined: there is none, so it begins at the start
 */
export function callToRepeat(calls: readonly MadeCall[], failureCode: FailureCode): { call: number; order: number } | undefined {
  let last: { call: number; order: number; at: number } | undefined;
  for (const { call, op, settleOrder, settledAt } of calls) {
    if (settleOrder !== null && !PAUSES.includes(op) && settleOrder > (last?.order ?? 0)) last = { call, order: settleOrder, at: settledAt ?? 0 };
  }
  if (last === undefined) return undefined;
  const { call, order, at } = last;
  const open = failureCode === "error" ? undefined : calls.find((one) => one.settleOrder === null && one.call > call && one.issuedAt > at);
  if (open === undefined) return { call, order };
  return { call: open.call, order: 1 + Math.max(...calls.map((one) => one.settleOrder ?? 0)) };
}
