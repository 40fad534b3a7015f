/** Selectors as somebody clicks them together. What was typed stays as it is; each term of a facet is added to it or taken out again. */

const wordsOf = (selector: string): string[] => selector.split(/\s+/).filter((word) => word !== "" && word !== "all");

/** Selectors are split at white space and commas, so in a value each of these is any text. */
export const patternOf = (value: string): string => value.replace(/[\s,]+/g, "*");

export function hasTerm(selector: string, key: string, value: string): boolean {
  return wordsOf(selector).some(
    (word) =>
      word.startsWith(`${key}=`) &&
      word
        .slice(key.length + 1)
        .split(",")
        .includes(patternOf(value)),
  );
}

/** Adds a value to what the selector takes of this key, or removes it. Several values of a key are alternatives. */
export function withTermToggled(selector: string, key: string, value: string): string {
  const words = wordsOf(selector);
  const pattern = patternOf(value);
  const at = words.findIndex((word) => word.startsWith(`${key}=`));
  if (at < 0) return [...words, `${key}=${pattern}`].join(" ");
  const patterns = words[at]?.slice(key.length + 1).split(",") ?? [];
  const next = patterns.includes(pattern) ? patterns.filter((one) => one !== pattern) : [...patterns, pattern];
  return words.toSpliced(at, 1, ...(next.length > 0 ? [`${key}=${next.join(",")}`] : [])).join(" ");
}

/** What somebody means who typed part of a name: the same with `name=*part*`. Undefined: every word is a term already. */
export function asNameSearch(selector: string): string | undefined {
  const words = wordsOf(selector);
  if (words.length === 0 || words.every((word) => word.includes("="))) return undefined;
  return words.map((word) => (word.includes("=") ? word : `name=*${word.toLowerCase()}*`)).join(" ");
}
