import { randomBytes } from "node:crypto";
import type { Clock } from "./core/clock.ts";
import { makeId, type NewId } from "./core/id.ts";

/**
 * Ids that sort by creation, also within a millisecond and when the clock is set back: lists and cursors go by id. Under a flood their time runs ahead of the
 * clock, by a millisecond an id; nothing reads it as a time.
 */
export function createIds(clock: Clock): NewId {
  let last = 0;
  return (prefix) => {
    last = Math.max(last + 1, clock.now());
    return makeId(prefix, last, randomBytes(16));
  };
}
