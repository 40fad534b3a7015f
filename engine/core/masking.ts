import { MIN_MASKED_LENGTH, maskedForms } from "./masked-forms.ts";
import { createPrefixIndex } from "./prefix-index.ts";

/** A secret value, and what stands in its place where it may be named, such as `secret:token@3`. */
export interface MaskedValue {
  value: string;
  label: string;
}

/** Replaces secret values in what leaves the engine or is stored: the value itself and its usual encodings. */
export interface Masker {
  add(value: string, label: string): void;
  isEmpty(): boolean;
  /** Everything that is found becomes `***`. */
  mask(text: string): string;
  /** The same for a text from whose middle something was left out: what remains of a secret at the edges becomes `***` too. @param cut stands in its place */
  maskCut(text: string, cut: string): string;
  /** In JSON numbers are hidden too, when they are a secret as a whole. */
  maskJson<Value>(value: Value): Value;
  /** The same, with each value's label in its place. */
  labelJson<Value>(value: Value): Value;
  /** Of the values that were added, those that a text or JSON shows. */
  foundIn(value: unknown): MaskedValue[];
}

const MASK = "***";
/** Longest part of a secret that is looked for at an edge. */
const LONGEST_EDGE = 10_000;

/** @param edge.begins something was left out before it; @param edge.ends after it */
function withoutEdges(piece: string, forms: Iterable<string>, edge: { begins: boolean; ends: boolean }): string {
  let [head, tail] = [0, 0];
  for (const form of forms) {
    const longest = Math.min(form.length - 1, piece.length, LONGEST_EDGE);
    for (let length = longest; edge.begins && length > Math.max(head, MIN_MASKED_LENGTH - 1); length--)
      if (piece.startsWith(form.slice(-length))) head = length;
    for (let length = longest; edge.ends && length > Math.max(tail, MIN_MASKED_LENGTH - 1); length--) if (piece.endsWith(form.slice(0, length))) tail = length;
  }
  if (head + tail >= piece.length && head + tail > 0) return MASK;
  return (head > 0 ? MASK : "") + piece.slice(head, piece.length - tail) + (tail > 0 ? MASK : "");
}

interface Form {
  text: string;
  entry: MaskedValue;
}

export function createMasker(): Masker {
  const forms = createPrefixIndex<MaskedValue>(MIN_MASKED_LENGTH);
  const all = new Set<string>();

  /** What overlaps is replaced together: no end of one is left over beside the other. */
  function replaceIn(text: string, replacement: (value: MaskedValue) => string, found?: Set<MaskedValue>): string {
    let out = "";
    let from = 0;
    let open: { form: Form; begin: number; end: number } | null = null;
    const close = () => {
      if (open === null) return;
      out += text.slice(from, open.begin) + replacement(open.form.entry);
      from = open.end;
      open = null;
    };
    for (let at = 0; at + MIN_MASKED_LENGTH <= text.length; at++) {
      if (open !== null && at >= open.end) close();
      const form = forms.longestAt(text, at);
      if (form === undefined) continue;
      found?.add(form.entry);
      open ??= { form, begin: at, end: at };
      open.end = Math.max(open.end, at + form.text.length);
    }
    close();
    return from === 0 ? text : out + text.slice(from);
  }

  function mapJson<Value>(value: Value, replacement: (value: MaskedValue) => string, found?: Set<MaskedValue>): Value {
    if (forms.size === 0) return value;
    const map = (part: unknown): unknown => {
      if (typeof part === "string") return replaceIn(part, replacement, found);
      if (typeof part === "number") {
        const value = forms.get(String(part));
        if (value === undefined) return part;
        found?.add(value);
        return replacement(value);
      }
      if (Array.isArray(part)) return part.map(map);
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(Object.entries(part).map(([key, member]) => [replaceIn(key, replacement, found), map(member)]));
    };
    return map(value) as Value;
  }

  return {
    add(value, label) {
      const entry = { value, label };
      for (const form of maskedForms(value)) {
        forms.add(form, entry);
        all.add(form);
      }
    },
    isEmpty: () => forms.size === 0,
    mask: (text) => (forms.size === 0 ? text : replaceIn(text, () => MASK)),
    maskCut(text, cut) {
      if (forms.size === 0) return text;
      const pieces = text.split(cut).map((piece) => replaceIn(piece, () => MASK));
      return pieces.map((piece, i) => withoutEdges(piece, all, { begins: i > 0, ends: i < pieces.length - 1 })).join(cut);
    },
    maskJson: (value) => mapJson(value, () => MASK),
    labelJson: (value) => mapJson(value, ({ label }) => label),
    foundIn(value) {
      const found = new Set<MaskedValue>();
      mapJson(value, () => MASK, found);
      return [...found];
    },
  };
}
