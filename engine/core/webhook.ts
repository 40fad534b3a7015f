import type { Json } from "./json.ts";
import type { Rate } from "./token-bucket.ts";

/**
 * What became of a delivery:
 * - `started`: it has jobs
 * - `repeated`: an earlier one with the same `Idempotency-Key` has
 * - `filtered`: the webhook's `where` doesn't hold for it
 * - `frozen`: a freeze held it back
 * - `refused`: the reason says why
 */
export const DELIVERY_STATUSES = ["started", "repeated", "filtered", "frozen", "refused"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** `rwh_` and 256 random bits. */
export const WEBHOOK_TOKEN_PREFIX = "rwh_";
/** Wherever one stands in a text. */
export const WEBHOOK_TOKENS = /rwh_[A-Za-z0-9_-]{8,}/g;

/** Bytes of a body. */
export const WEBHOOK_BODY_LIMIT = 512 * 1024;
export const DEFAULT_WEBHOOK_RATE: Rate = { perSecond: 20, burst: 100 };

/** Names of headers and members whose values nobody needs to see. */
const SENSITIVE = /pass(word|wd|phrase|code)|secret|token|credential|authori[sz]ation|authentication|cookie|signature|api-?_?key|(^|[-_.])key$|Key$|^pwd$/i;
/** What proxies add says where a request came from to whoever trusts them; a runbook can't know whether to. */
const OF_PROXIES = /^(x-forwarded(-.*)?|forwarded|x-real-ip)$/;

/** An `Idempotency-Key` is a name, not a key. */
export const isSensitive = (name: string): boolean => SENSITIVE.test(name) && name.toLowerCase() !== "idempotency-key";

/**
 * Headers as a runbook sees them: lower-case, without what proves who has sent them.
 * @param hmacHeader of the scheme `hmac`
 */
export function headersForRunbook(pairs: Iterable<readonly [string, string]>, hmacHeader?: string): Record<string, string> {
  const passed = new Map<string, string>();
  for (const [given, value] of pairs) {
    const name = given.toLowerCase();
    if (isSensitive(name) || OF_PROXIES.test(name) || name === hmacHeader?.toLowerCase()) continue;
    const before = passed.get(name);
    passed.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(passed);
}

/** The value with `***` wherever a member's name says that it is a secret. */
export function maskSensitive(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskSensitive);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, isSensitive(name) ? "***" : maskSensitive(member)]));
}

/** The path of a URL as logs, answers and the activity log may show it: without query, and without the token of a webhook, however it is written. */
export function shownPath(url: string): string {
  const path = url.split("?")[0] ?? "";
  if (/^\/+hooks(\/|$)/i.test(decoded(path))) return "/hooks/***";
  return path.replace(WEBHOOK_TOKENS, "***");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path.replace(/%[\da-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16))); // not UTF-8: letters are what matters
  }
}
