import type { Clock } from "./clock.ts";

/** `burst` at once, `perSecond` on and on. */
export interface Rate {
  perSecond: number;
  burst: number;
}

const MAX_KEYS = 20_000;

/** Token buckets by key; what was used longest ago is forgotten first. */
export function createBuckets({ clock }: { clock: Pick<Clock, "monotonic"> }) {
  const buckets = new Map<string, { left: number; at: number }>();

  function fill(key: string, rate: Rate): { left: number; at: number } {
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

  return {
    /** Takes one. @returns 0, or the whole seconds after which there is one again */
    take(key: string, rate: Rate): number {
      const bucket = fill(key, rate);
      if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / rate.perSecond));
      bucket.left -= 1;
      return 0;
    },
  };
}
