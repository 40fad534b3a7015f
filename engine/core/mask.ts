/**
 * A mask in which `*` stands for any run of characters, also none, and everything else for itself. What it gives takes a time linear in the value's length for each
 * part between stars: no regular expression is built from what others wrote.
 */
export function readMask(mask: string): (value: string) => boolean {
  const parts = mask.split("*");
  const first = parts[0] ?? "";
  if (parts.length === 1) return (value) => value === mask;
  const last = parts.at(-1) ?? "";
  const inner = parts.slice(1, -1).filter((part) => part !== "");
  const shortest = first.length + last.length;
  return (value) => {
    if (value.length < shortest || !value.startsWith(first) || !value.endsWith(last)) return false;
    let from = first.length;
    const end = value.length - last.length;
    for (const part of inner) {
      const at = value.indexOf(part, from);
      if (at < 0 || at + part.length > end) return false;
      from = at + part.length;
    }
    return true;
  };
}

/** Whether it says more than how a value begins or ends: each of those must be tried on each value. */
export function isInnerMask(mask: string): boolean {
  const stars = mask.replace(/\*+/g, "*");
  const at = stars.indexOf("*");
  return at >= 0 && stars !== "*" && (stars.indexOf("*", at + 1) >= 0 || (at > 0 && at < stars.length - 1));
}

/** Many masks as one. Letter case doesn't count. */
export interface MaskSet {
  /** One that matches, as it was written; undefined: none does. */
  find(value: string): string | undefined;
}

/**
 * Masks without a star, and those that end or begin with their only one, are looked up: ten thousand of them cost a value no more than ten. Only the others, which
 * `isInnerMask` tells, are tried one by one.
 */
export function maskSet(masks: readonly string[]): MaskSet {
  const exact = new Map<string, string>();
  const begins = createEnds((value, length) => value.slice(0, length));
  const ends = createEnds((value, length) => value.slice(value.length - length));
  const inner: { matches: (value: string) => boolean; mask: string }[] = [];
  for (const mask of masks) {
    const folded = mask.toLowerCase().replace(/\*+/g, "*");
    if (!folded.includes("*")) keep(exact, folded, mask);
    else if (isInnerMask(folded)) inner.push({ matches: readMask(folded), mask });
    else if (folded.endsWith("*")) begins.add(folded.slice(0, -1), mask);
    else ends.add(folded.slice(1), mask);
  }
  return {
    find(value) {
      const folded = value.toLowerCase();
      return exact.get(folded) ?? begins.find(folded) ?? ends.find(folded) ?? inner.find(({ matches }) => matches(folded))?.mask;
    },
  };
}

/** Texts with which a value begins or ends, by their length. */
function createEnds(cut: (value: string, length: number) => string) {
  const byLength = new Map<number, Map<string, string>>();
  return {
    add(text: string, mask: string): void {
      const known = byLength.get(text.length) ?? new Map<string, string>();
      byLength.set(text.length, known);
      keep(known, text, mask);
    },
    find(value: string): string | undefined {
      for (const [length, known] of byLength) {
        const mask = length <= value.length ? known.get(cut(value, length)) : undefined;
        if (mask !== undefined) return mask;
      }
      return undefined;
    },
  };
}

function keep(known: Map<string, string>, key: string, mask: string): void {
  if (!known.has(key)) known.set(key, mask);
}
