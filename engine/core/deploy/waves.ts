import { RunwrightError } from "../errors.ts";

/** Machines of a wave: so many, a share of all, or those that are left. */
export type WaveSize = { count: number } | { percent: number } | "rest";
export const DEFAULT_WAVES = "1, 5%, 25%, rest";
const MOST_WAVES = 50;

/** Reads `1, 5%, 25%, rest`. @throws BAD_REQUEST */
export function readWaves(text: string): WaveSize[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.length > MOST_WAVES) throw wrong(text, `at most ${MOST_WAVES} waves`);
  return words.map((word, index) => {
    if (word === "rest") {
      if (index < words.length - 1) throw wrong(text, '"rest" comes last');
      return word;
    }
    const [, digits, percent] = /^(\d{1,6}(?:\.\d+)?)(%?)$/.exec(word) ?? [];
    const value = Number(digits);
    if (digits === undefined || value <= 0) throw wrong(text, `"${word}" isn't a number of machines above zero, a share such as 5%, or rest`);
    if (percent === "%") {
      if (value > 100) throw wrong(text, `${word} is more than all`);
      return { percent: value };
    }
    if (!Number.isInteger(value)) throw wrong(text, `"${word}" isn't a whole number of machines`);
    return { count: value };
  });
}

const wrong = (text: string, why: string) => new RunwrightError("BAD_REQUEST", `waves "${text}": ${why}; write them as "${DEFAULT_WAVES}"`);

/**
 * Cuts machines into waves, in their order. A share is of all machines, rounded up: a wave of 5 % of ten has one. Waves that would be empty are left out, and what no
 * wave names comes in a last one: no machine is forgotten.
 */
export function intoWaves<Machine>(machines: readonly Machine[], sizes: readonly WaveSize[]): Machine[][] {
  const waves: Machine[][] = [];
  let from = 0;
  for (const size of [...sizes, "rest"] as const) {
    const left = machines.length - from;
    const wanted = size === "rest" ? left : "count" in size ? size.count : Math.ceil((machines.length * size.percent) / 100);
    const wave = machines.slice(from, from + Math.min(left, wanted));
    if (wave.length > 0) waves.push(wave);
    from += wave.length;
  }
  return waves;
}
