/** Values shorter than this aren't masked: they would tear holes into ordinary text, and guard nothing worth guarding. */
export const MIN_MASKED_LENGTH = 4;

/** Replaces secret values in what leaves the engine or is stored: the value itself and its usual encodings. */
export interface Masker {
  /** Adds a value; `label` says what stands in its place, such as `secret:token@3`. */
  add(value: string, label: string): void;
  isEmpty(): boolean;
  /** Everything that is found becomes `***`. */
  mask(text: string): string;
  maskJson<Value>(value: Value): Value;
  /** The same, with each value's label in its place. */
  labelJson<Value>(value: Value): Value;
}

const MASK = "***";

export function createMasker(): Masker {
  const labels = new Map<string, string>();
  let pattern: RegExp | null = null;

  function replaceIn(text: string, replacement: (found: string) => string): string {
    if (labels.size === 0) return text;
    // Longest first: of two values where one begins with the other, the whole longer one goes.
    pattern ??= new RegExp(
      [...labels.keys()]
        .sort((a, b) => b.length - a.length)
        .map(escaped)
        .join("|"),
      "g",
    );
    return text.replace(pattern, replacement);
  }
  const toMask = () => MASK;
  const toLabel = (found: string) => labels.get(found) ?? MASK;

  return {
    add(value, label) {
      for (const form of formsOf(value)) if (!labels.has(form)) labels.set(form, label);
      pattern = null;
    },
    isEmpty: () => labels.size === 0,
    mask: (text) => replaceIn(text, toMask),
    maskJson: (value) => (labels.size === 0 ? value : (mapTexts(value, (text) => replaceIn(text, toMask)) as typeof value)),
    labelJson: (value) => (labels.size === 0 ? value : (mapTexts(value, (text) => replaceIn(text, toLabel)) as typeof value)),
  };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((member) => mapTexts(member, map));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [map(key), mapTexts(member, map)]));
}

/** The value as it is and as JSON, URL, base 64 (plain and URL-safe, at each of the three alignments within a longer text) and hex write it. */
function formsOf(value: string): Set<string> {
  const forms = new Set<string>();
  const add = (form: string) => {
    if (form.length >= MIN_MASKED_LENGTH) forms.add(form);
  };
  const trimmed = value.trim();
  if (trimmed.length < MIN_MASKED_LENGTH) return forms;
  for (const text of new Set([value, trimmed])) {
    add(text);
    add(JSON.stringify(text).slice(1, -1));
    const url = encodeURIComponent(text.toWellFormed());
    add(url);
    add(url.replaceAll("%20", "+"));
    const bytes = new TextEncoder().encode(text);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    add(hex);
    add(hex.toUpperCase());
    const whole = bytes.toBase64();
    for (const form of [whole, whole.replace(/=+$/, "")]) {
      add(form);
      add(urlSafe(form));
    }
    for (let shift = 0; shift < 3; shift++) {
      const base64 = base64Core(bytes, shift);
      // A core that is too short would match by chance.
      if (base64.length < MIN_MASKED_LENGTH + 2) continue;
      add(base64);
      add(urlSafe(base64));
    }
  }
  // Several lines: each long one by itself, as log lines split them.
  for (const line of value.split(/\r?\n/)) if (line.trim().length >= 8) add(line.trim());
  return forms;
}

const urlSafe = (base64: string): string => base64.replaceAll("+", "-").replaceAll("/", "_");

/** Base 64 of the bytes when `shift` other bytes come before them in a longer text, without the characters that depend on the neighbours. */
function base64Core(bytes: Uint8Array, shift: number): string {
  const shifted = new Uint8Array(shift + bytes.length);
  shifted.set(bytes, shift);
  const text = shifted.toBase64({ omitPadding: true });
  const from = shift === 0 ? 0 : shift === 1 ? 2 : 3;
  const remainder = shifted.length % 3;
  return text.slice(from, remainder === 0 ? text.length : text.length - 1);
}
