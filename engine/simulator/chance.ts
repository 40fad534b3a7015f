import { createHash } from "node:crypto";

/** Numbers that look like chance and follow from words: the same words give the same numbers, on any machine. */
export interface Chance {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number;
  /** True in so many cases of one: 0.25 in every fourth. */
  happens(share: number): boolean;
}

/** Mulberry32 (Tommy Ettinger, public domain): small and even enough for a simulation; for nothing secret. */
export function createChance(...words: readonly (string | number)[]): Chance {
  let state = createHash("sha256").update(JSON.stringify(words)).digest().readUInt32LE(0);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (limit) => Math.floor(next() * limit), happens: (share) => next() < share };
}
