import { isIPv6 } from "node:net";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import { createBuckets, type Rate } from "../core/token-bucket.ts";

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

export function createRateLimiter({ clock, rate, what }: { clock: Pick<Clock, "monotonic">; rate: Rate; what: string }) {
  const buckets = createBuckets({ clock });
  return {
    /** @throws RATE_LIMITED with the seconds to wait */
    take(key: string): void {
      const seconds = buckets.take(key, rate);
      if (seconds === 0) return;
      throw new RunwrightError("RATE_LIMITED", `more than ${rate.burst} requests at once, or ${rate.perSecond} a second, ${what}; try again in ${seconds} s`, {
        details: { retryAfterSeconds: seconds },
      });
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
