/** Values shorter than this aren't masked: they would tear holes into ordinary text, and guard nothing worth guarding. */
export const MIN_MASKED_LENGTH = 4;
/** Lines of a text of several lines are secret by themselves from this length on. */
const MIN_LINE_LENGTH = 8;
/** What is longer stands in no URL: requests have at most 8,192 characters of it. */
const LONGEST_IN_URL = 8_192;
/** Line lengths of base 64: MIME (RFC 2045) and PEM (RFC 7468). */
const BASE64_LINES = [76, 64];

/** Every way in which a value is expected to be written: the value, and each text in it when it is JSON. */
export function maskedForms(value: string): Set<string> {
  const forms = new Set<string>();
  const add = (form: string) => {
    if (form.length >= MIN_MASKED_LENGTH) forms.add(form);
  };
  for (const text of [value, ...textsWithin(value)]) addForms(text, add);
  return forms;
}

/** The texts in a text that is JSON, keys left out; nothing in any other text. */
export function textsWithin(json: string): string[] {
  if (!/^\s*[[{"]/.test(json)) return [];
  const found: string[] = [];
  let queue: unknown[];
  try {
    queue = [JSON.parse(json)];
  } catch {
    return []; // a text that only begins like JSON
  }
  for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
    if (typeof part === "string") found.push(part);
    else if (typeof part === "object" && part !== null) for (const member of Object.values(part)) queue.push(member);
  }
  return found;
}

/** As it is and as JSON, base 64 (plain and URL-safe, at each of the three alignments within a longer text) and hex write it; and as a URL writes any of these. */
function addForms(value: string, add: (form: string) => void): void {
  const trimmed = value.trim();
  if (trimmed.length < MIN_MASKED_LENGTH) return;
  const alsoInUrl = (form: string) => {
    add(form);
    if (form.length <= LONGEST_IN_URL && /[^A-Za-z0-9._-]/.test(form)) addUrl(form, add);
  };
  for (const text of new Set([value, trimmed])) {
    alsoInUrl(text);
    addJson(text, alsoInUrl);
    const bytes = new TextEncoder().encode(text);
    const hex = bytes.toHex();
    add(hex);
    add(hex.toUpperCase());
    addBase64(bytes, alsoInUrl);
  }
  for (const line of value.split(/\r?\n/)) if (line.trim().length >= MIN_LINE_LENGTH) add(line.trim());
}

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

/** As JSON.stringify writes it, also within JSON that is itself a text of JSON; with "/" escaped, as PHP does; in ASCII alone, as Python does. */
function addJson(text: string, add: (form: string) => void): void {
  const once = quoted(text);
  add(once);
  add(quoted(once));
  add(once.replaceAll("/", "\\/"));
  add(once.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** As encodeURIComponent, forms and RFC 3986 write it, with digits of both cases; and in a URL that is itself a part of one. */
function addUrl(text: string, add: (form: string) => void): void {
  const url = encodeURIComponent(text.toWellFormed());
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  const strict = url.replace(/[!'()*]/g, percent);
  const form = url.replace(/[!'()~]/g, percent).replaceAll("%20", "+");
  for (const one of [url, url.replaceAll("%20", "+"), strict, form]) {
    for (const cased of [one, one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]) {
      add(cased);
      add(encodeURIComponent(cased));
    }
  }
}

function addBase64(bytes: Uint8Array, add: (form: string) => void): void {
  const whole = bytes.toBase64();
  for (const form of [whole, whole.replace(/=+$/, "")]) {
    add(form);
    add(urlSafe(form));
  }
  for (const length of BASE64_LINES) {
    for (let from = 0; whole.length > length && from < whole.length; from += length) {
      const line = whole.slice(from, from + length);
      if (line.length >= MIN_LINE_LENGTH) add(line);
    }
  }
  for (let shift = 0; shift < 3; shift++) {
    const base64 = base64Core(bytes, shift);
    // A core that is too short would match by chance.
    if (base64.length < MIN_MASKED_LENGTH + 2) continue;
    add(base64);
    add(urlSafe(base64));
  }
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
