const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford's base 32, lower case

/** Prefixes say what an id names: a person reading a log knows at a glance. */
export const ID_PREFIXES = [
  "job",
  "run",
  "mch",
  "cmd",
  "tok",
  "prn",
  "ast",
  "act",
  "asm",
  "jtk",
  "dev",
  "eng",
  "sch",
  "whk",
  "rul",
  "frz",
  "pol",
  "occ",
  "dlv",
  "cor",
  "vul",
  "rol",
  "win",
  "dpl",
  "dbg",
  "sol",
] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/**
 * An id such as `job_01j9z3…`: 48 bits of time, then 80 random bits, as ULIDs have them (github.com/ulid/spec), so that ids sort by creation.
 * @param at Unix milliseconds
 * @param random 16 random bytes, of which 16 × 5 bits are used
 */
export function makeId(prefix: IdPrefix, at: number, random: Uint8Array): string {
  let time = "";
  for (let rest = at, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = ALPHABET.charAt(rest % 32) + time;
  let tail = "";
  for (let i = 0; i < 16; i++) tail += ALPHABET.charAt((random[i] ?? 0) & 31);
  return `${prefix}_${time}${tail}`;
}

/** Makes ids; handed in like the clock. */
export type NewId = (prefix: IdPrefix) => string;
