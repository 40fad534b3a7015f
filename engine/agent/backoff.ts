import { randomInt } from "node:crypto";

const BASE_MS = 1_000;
const CAP_MS = 30_000;

/**
 * How long to wait before the next try: "full jitter" (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), so that agents that lost their
 * engine together don't come back together.
 * @param failures tries that failed in a row, from 0
 * @param retryAfterMs what the engine asked for; it is stretched by up to a half, never shortened
 */
export function backoff(failures: number, retryAfterMs: number | undefined, random: (below: number) => number = randomInt): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random(Math.ceil(retryAfterMs / 2) + 1);
  return random(Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 10)) + 1);
}

/** `ms` changed by up to a tenth either way: what many agents do every hour must not happen in the same second. */
export const jitter = (ms: number, random: (below: number) => number = randomInt): number => Math.round(ms * 0.9) + random(Math.round(ms * 0.2) + 1);
