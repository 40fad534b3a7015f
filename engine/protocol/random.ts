import { randomFillSync } from "node:crypto";

const STORE_BYTES = 4_096;
const stored = Buffer.alloc(STORE_BYTES);
let used = STORE_BYTES;

/**
 * The system's random bytes, for seeds, keys and nonces that each job needs: fetched in bulk, as each question takes as long as sealing a kilobyte. Each byte is given out once, and nothing of it stays behind.
 * @param count at most 4,096
 */
export function randomBytesOf(count: number): Buffer {
  if (count > STORE_BYTES) throw new RangeError(`at most ${STORE_BYTES} random bytes at a time`);
  if (used + count > STORE_BYTES) {
    randomFillSync(stored);
    used = 0;
  }
  const from = used;
  used += count;
  const given = Buffer.from(stored.subarray(from, used));
  stored.fill(0, from, used);
  return given;
}
