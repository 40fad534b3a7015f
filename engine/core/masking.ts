import { MIN_MASKED_LENGTH, maskedForms } from "./masked-forms.ts";

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
  /** In JSON numbers are hidden too, when they are a secret as a whole. */
  maskJson<Value>(value: Value): Value;
  /** The same, with each value's label in its place. */
  labelJson<Value>(value: Value): Value;
  /** Of the values that were added, those that a text or JSON shows. */
  foundIn(value: unknown): MaskedValue[];
}

const MASK = "***";

interface Form {
  text: string;
  value: MaskedValue;
}

/** Looks up the forms that may begin at each place by their first characters: the time grows with the text, not with the number of secrets. */
export function createMasker(): Masker {
  const forms = new Map<string, Form>();
  /** By their first characters, the longest first. */
  const byStart = new Map<string, Form[]>();
  /** Characters with which a form begins. */
  const starts = new Uint8Array(0x10000);

  function add(value: string, label: string): void {
    for (const text of maskedForms(value)) {
      if (forms.has(text)) continue;
      const form = { text, value: { value, label } };
      forms.set(text, form);
      const start = text.slice(0, MIN_MASKED_LENGTH);
      const others = byStart.get(start) ?? [];
      const place = others.findIndex((other) => other.text.length < text.length);
      others.splice(place < 0 ? others.length : place, 0, form);
      byStart.set(start, others);
      starts[text.charCodeAt(0)] = 1;
    }
  }

  const longestAt = (text: string, at: number): Form | undefined =>
    starts[text.charCodeAt(at)] === 1 ? byStart.get(text.slice(at, at + MIN_MASKED_LENGTH))?.find((form) => text.startsWith(form.text, at)) : undefined;

  /** What overlaps is replaced together: no end of one is left over beside the other. */
  function replaceIn(text: string, replacement: (form: Form) => string, found?: Set<MaskedValue>): string {
    let out = "";
    let from = 0;
    let open: { form: Form; begin: number; end: number } | null = null;
    const close = () => {
      if (open === null) return;
      out += text.slice(from, open.begin) + replacement(open.form);
      from = open.end;
      open = null;
    };
    for (let at = 0; at + MIN_MASKED_LENGTH <= text.length; at++) {
      if (open !== null && at >= open.end) close();
      const form = longestAt(text, at);
      if (form === undefined) continue;
      found?.add(form.value);
      open ??= { form, begin: at, end: at };
      open.end = Math.max(open.end, at + form.text.length);
    }
    close();
    return from === 0 ? text : out + text.slice(from);
  }

  function mapJson<Value>(value: Value, replacement: (form: Form) => string, found?: Set<MaskedValue>): Value {
    if (forms.size === 0) return value;
    const map = (part: unknown): unknown => {
      if (typeof part === "string") return replaceIn(part, replacement, found);
      if (typeof part === "number") {
        const form = forms.get(String(part));
        if (form === undefined) return part;
        found?.add(form.value);
        return replacement(form);
      }
      if (Array.isArray(part)) return part.map(map);
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(Object.entries(part).map(([key, member]) => [replaceIn(key, replacement, found), map(member)]));
    };
    return map(value) as Value;
  }

  return {
    add,
    isEmpty: () => forms.size === 0,
    mask: (text) => (forms.size === 0 ? text : replaceIn(text, () => MASK)),
    maskJson: (value) => mapJson(value, () => MASK),
    labelJson: (value) => mapJson(value, ({ value: { label } }) => label),
    foundIn(value) {
      const found = new Set<MaskedValue>();
      mapJson(value, () => MASK, found);
      return [...found];
    },
  };
}
