import { isIPv6 } from "node:net";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";

/** A token bucket: `burst` requests at once, `perSecond` on and on. */
export interface Rate {
  perSecond: number;
  burst: number;
}

export interface RateLimits {
  /** All requests with one API token. */
  token: Rate;
  /** All requests from one address. */
  address: Rate;
  /** Requests from one address that were refused for a missing or wrong token, and starts of a sign-in. */
  refused: Rate;
}

export const DEFAULT_RATE_LIMITS: RateLimits = {
  token: { perSecond: 1_000, burst: 2_000 },
  address: { perSecond: 2_000, burst: 4_000 },
  refused: { perSecond: 0.5, burst: 30 },
};

const MAX_KEYS = 20_000;

export function createRateLimiter({ clock, rate, what }: { clock: Pick<Clock, "monotonic">; rate: Rate; what: string }) {
  const buckets = new Map<string, { left: number; at: number }>();

  function fill(key: string): { left: number; at: number } {
    const now = clock.monotonic();
    const known = buckets.get(key);
    const left = known ? Math.min(rate.burst, known.left + ((now - known.at) / 1_000) * rate.perSecond) : rate.burst;
    const bucket = { left, at: now };
    if (known === undefined && buckets.size >= MAX_KEYS) forgetOldest();
    buckets.delete(key); // set anew below, so that the map is in the order of last use
    buckets.set(key, bucket);
    return bucket;
  }

  function forgetOldest(): void {
    const oldest = buckets.keys().next();
    if (!oldest.done) buckets.delete(oldest.value);
  }

  function refuse(bucket: { left: number }): never {
    const seconds = Math.max(1, Math.ceil((1 - bucket.left) / rate.perSecond));
    throw new RunwrightError("RATE_LIMITED", `more than ${rate.burst} requests at once, or ${rate.perSecond} a second, ${what}; try again in ${seconds} s`, {
      details: { retryAfterSeconds: seconds },
    });
  }

  return {
    /** @throws RATE_LIMITED with the seconds to wait */
    take(key: string): void {
      const bucket = fill(key);
      if (bucket.left < 1) refuse(bucket);
      bucket.left -= 1;
    },
  };
}
export type RateLimiter = ReturnType<typeof createRateLimiter>;

/** One household has 2⁶⁴ IPv6 addresses: they count as one. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  const [head = "", tail] = address.split("::");
  const front = head.split(":").filter(Boolean);
  const back = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const groups = tail === undefined ? front : [...front, ...Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0"), ...back];
  return `${groups.slice(0, 4).join(":")}::/64`;
}
