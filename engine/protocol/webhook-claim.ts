import { checkedHmac, decodeSignature, type HmacFormat } from "./webhook-encoding.ts";
import type { HeaderReader } from "./webhook-headers.ts";

/**
 * How a request proves that it comes from whoever knows the secret. Each is an HMAC over the raw body; three cover the time of signing as well.
 * - `standard`: standardwebhooks.com, 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`
 * - `github`: `X-Hub-Signature-256` (docs.github.com, Validating webhook deliveries)
 * - `slack`: `X-Slack-Signature`, `X-Slack-Request-Timestamp` (api.slack.com, Verifying requests from Slack)
 * - `stripe`: `Stripe-Signature: t=…,v1=…` (docs.stripe.com, Verify webhook signatures manually)
 * - `hmac`: a header, an algorithm and an encoding of one's own
 */
export const WEBHOOK_SCHEMES = ["standard", "github", "slack", "stripe", "hmac"] as const;
export type WebhookScheme = (typeof WEBHOOK_SCHEMES)[number];

/** Why a request isn't valid: a stable word. */
export const WEBHOOK_REASONS = [
  "header_missing",
  "header_repeated",
  "header_malformed",
  "timestamp_too_old",
  "timestamp_too_new",
  "signature_mismatch",
] as const;
export type WebhookReason = (typeof WEBHOOK_REASONS)[number];

/** What a request says about itself. */
export interface Claim {
  /** Unix seconds, where the scheme carries a time. */
  timestamp?: number;
  algorithm: string;
  /** What is signed before the body. */
  prefix: string;
  signatures: readonly Buffer[];
}
export type Refusal = { reason: WebhookReason; message: string };

/** The Standard Webhooks signature covers `id.timestamp.body`: an id with a dot could be read as another id with another time. */
export const MESSAGE_ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const TIMESTAMP = /^\d{1,12}$/;

/** How each scheme is read. */
export const CLAIMS: Record<WebhookScheme, (read: HeaderReader, hmac: HmacFormat | undefined) => Claim | Refusal> = {
  standard: (read) => {
    const [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(read);
    const refusal = [id, timestamp, signature].find((header) => header?.reason !== undefined);
    if (id?.value === undefined || timestamp?.value === undefined || signature?.value === undefined) return refused(refusal);
    if (!MESSAGE_ID.test(id.value)) return malformed("webhook-id", "an id of printable characters without . and spaces");
    if (!TIMESTAMP.test(timestamp.value)) return malformed("webhook-timestamp", "Unix seconds");
    // Others than v1 are schemes that we don't know (v1a is asymmetric); a sender may add them at any time.
    const signatures = signature.value.split(" ").flatMap((part) => (part.startsWith("v1,") ? [decodeSignature(part.slice(3), "base64")] : []));
    return claimed(signatures, malformed("webhook-signature", "signatures such as v1,BASE64, separated by spaces"), {
      timestamp: Number(timestamp.value),
      prefix: `${id.value}.${timestamp.value}.`,
    });
  },
  github: (read) => {
    const { value, ...refusal } = read("x-hub-signature-256");
    if (value === undefined) return refused(refusal);
    return claimed([afterPrefix(value, "sha256=")], malformed("x-hub-signature-256", "sha256= and 64 hexadecimal digits"), { prefix: "" });
  },
  slack: (read) => {
    const signature = read("x-slack-signature");
    const timestamp = read("x-slack-request-timestamp");
    if (signature.value === undefined) return refused(signature);
    if (timestamp.value === undefined) return refused(timestamp);
    if (!TIMESTAMP.test(timestamp.value)) return malformed("x-slack-request-timestamp", "Unix seconds");
    return claimed([afterPrefix(signature.value, "v0=")], malformed("x-slack-signature", "v0= and 64 hexadecimal digits"), {
      timestamp: Number(timestamp.value),
      prefix: `v0:${timestamp.value}:`,
    });
  },
  stripe: (read) => {
    const { value, ...refusal } = read("stripe-signature");
    if (value === undefined) return refused(refusal);
    const expected = malformed("stripe-signature", "t=SECONDS once and v1=HEX at least once, separated by commas");
    const parts = value.split(",").map((part) => part.trim());
    const [timestamp, ...more] = parts.filter((part) => part.startsWith("t=")).map((part) => part.slice(2));
    if (timestamp === undefined || more.length > 0 || !TIMESTAMP.test(timestamp)) return expected;
    // v0 is for test events only and proves nothing.
    const signatures = parts.filter((part) => part.startsWith("v1=")).map((part) => decodeSignature(part.slice(3), "hex"));
    return claimed(signatures, expected, { timestamp: Number(timestamp), prefix: `${timestamp}.` });
  },
  hmac: (read, format) => {
    const { header, algorithm, encoding, prefix } = checkedHmac(format);
    const { value, ...refusal } = read(header);
    if (value === undefined) return refused(refusal);
    const signature = value.startsWith(prefix) ? decodeSignature(value.slice(prefix.length), encoding) : undefined;
    return claimed([signature], malformed(header, `${prefix === "" ? "" : `${prefix} and `}a signature in ${encoding}`), { prefix: "", algorithm });
  },
};

const afterPrefix = (value: string, prefix: string) => (value.startsWith(prefix) ? decodeSignature(value.slice(prefix.length), "hex") : undefined);

/** One signature that can't be read spoils a request only if none of the others can: a sender may add formats of its own. */
function claimed(
  signatures: readonly (Buffer | undefined)[],
  refusal: Refusal,
  claim: Omit<Claim, "signatures" | "algorithm"> & { algorithm?: string },
): Claim | Refusal {
  const readable = signatures.filter((signature) => signature !== undefined);
  return readable.length === 0 ? refusal : { algorithm: "sha256", ...claim, signatures: readable };
}

const malformed = (header: string, expected: string): Refusal => ({ reason: "header_malformed", message: `the header ${header} must hold ${expected}` });

const refused = (refusal: Partial<Refusal> | undefined): Refusal => ({
  reason: refusal?.reason ?? "header_missing",
  message: refusal?.message ?? "a header is missing",
});
