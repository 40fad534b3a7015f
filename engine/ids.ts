import { randomFillSync } from "node:crypto";
import type { Clock } from "./core/clock.ts";
import { makeId, type NewId } from "./core/id.ts";

const RANDOM_BYTES = 16;

/**
 * Ids that sort by creation, also within a millisecond and when the clock is set back: lists and cursors go by id. Under a flood their time runs ahead of the
 * clock, by a millisecond an id; nothing reads it as a time.
 */
export function createIds(clock: Clock): NewId {
  let last = 0;
  const pool = new Uint8Array(RANDOM_BYTES * 256);
  let used = pool.length;
  const random = () => {
    if (used === pool.length) {
      randomFillSync(pool); // a call for each id would cost more than the id
      used = 0;
    }
    used += RANDOM_BYTES;
    return pool.slice(used - RANDOM_BYTES, used);
  };
  return (prefix) => {
    last = Math.max(last + 1, clock.now());
    return makeId(prefix, last, random());
  };
}
