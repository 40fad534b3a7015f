import { createHmac, timingSafeEqual } from "node:crypto";
import { CLAIMS, MESSAGE_ID, type WebhookReason, type WebhookScheme } from "./webhook-claim.ts";
import { checkedHmac, encodeSignature, type HmacFormat } from "./webhook-encoding.ts";
import { headerReader, type WebhookHeaders } from "./webhook-headers.ts";
import { bytesOfSecrets, type WebhookSecret } from "./webhook-secret.ts";

/** `message` says the reason in a sentence; neither it nor anything else shows a secret or the signature that would have been right. */
export type Verification = { valid: true } | { valid: false; reason: WebhookReason; message: string };

/** Seconds that the time of signing may differ from `now`, to either side. */
export const TOLERANCE_SECONDS = 300;

type SchemeChoice = { scheme: Exclude<WebhookScheme, "hmac">; hmac?: undefined } | { scheme: "hmac"; hmac: HmacFormat };

export type VerifyOptions = SchemeChoice & {
  /** One secret, or several of which one must fit, as while a secret is rotated. Text is taken as UTF-8; that of `standard` is base64, with or without `whsec_`. */
  secret: WebhookSecret | readonly WebhookSecret[];
  headers: WebhookHeaders;
  /** The bytes as they came, before any parsing. */
  body: Uint8Array;
  /** The present moment; a number is Unix milliseconds. */
  now: Temporal.Instant | Date | number;
};

/**
 * Whether a request was signed with the secret, and is recent where the scheme carries a time. A valid request may be a repetition of an
 * earlier one: who must not act twice remembers its id (`webhook-id`, GitHub's delivery id) for twice the tolerance.
 * @throws TypeError when the secret or the format is no usable one; that is a mistake of whoever set it up, not of the sender
 */
export function verify(options: VerifyOptions): Verification {
  const { digest: _, ...verification } = verifySigned(options);
  return verification;
}

/** The same, with the signature that fits: of the same time, body and secret it is always the same one, whatever else a header holds. */
export function verifySigned({ scheme, secret, headers, body, now, hmac }: VerifyOptions): Verification & { digest?: Buffer } {
  const keys = bytesOfSecrets(secret, scheme);
  assertBytes(body);
  const seconds = secondsOf(now);
  const claim = CLAIMS[scheme](headerReader(headers), hmac);
  if ("reason" in claim) return { valid: false, ...claim };
  if (claim.timestamp !== undefined) {
    const age = seconds - claim.timestamp;
    if (age > TOLERANCE_SECONDS) return invalid("timestamp_too_old", `the request was signed more than ${TOLERANCE_SECONDS} seconds ago`);
    if (age < -TOLERANCE_SECONDS)
      return invalid("timestamp_too_new", `the request was signed more than ${TOLERANCE_SECONDS} seconds in the future: compare the clocks`);
  }
  // All are compared, whichever fits: the time taken says nothing about which secret or signature it was.
  let fitting: Buffer | undefined;
  for (const key of keys) {
    const expected = createHmac(claim.algorithm, key).update(claim.prefix).update(body).digest();
    for (const signature of claim.signatures) if (signature.length === expected.length && timingSafeEqual(signature, expected)) fitting = expected;
  }
  return fitting
    ? { valid: true, digest: fitting }
    : invalid("signature_mismatch", "no signature fits: the secret differs, or the body or a signed header was altered on its way");
}

export type SignOptions = SchemeChoice & {
  /** With several, `standard` and `stripe` carry a signature of each; the others have room for that of the first. */
  secret: WebhookSecret | readonly WebhookSecret[];
  body: Uint8Array;
  /** The present moment; a number is Unix milliseconds. */
  now: Temporal.Instant | Date | number;
  /** The message's id, for `standard`; repeated attempts carry the same one. Without `.`, which separates what is signed. */
  id?: string;
};

/**
 * The headers that make `verify` accept a body, by their lower-case names.
 * @throws TypeError when the secret, the format or the id is no usable one
 */
export function sign({ scheme, secret, body, now, id, hmac }: SignOptions): Record<string, string> {
  const keys = bytesOfSecrets(secret, scheme);
  assertBytes(body);
  const timestamp = secondsOf(now);
  const digests = (prefix: string, algorithm = "sha256") => keys.map((key) => createHmac(algorithm, key).update(prefix).update(body).digest());
  const first = (prefix: string, algorithm?: string) => digests(prefix, algorithm)[0] ?? Buffer.alloc(0);
  switch (scheme) {
    case "standard": {
      if (id === undefined || !MESSAGE_ID.test(id))
        throw new TypeError("a message of the scheme standard has an id of printable characters without . and spaces");
      const signatures = digests(`${id}.${timestamp}.`).map((digest) => `v1,${digest.toString("base64")}`);
      return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signatures.join(" ") };
    }
    case "github":
      return { "x-hub-signature-256": `sha256=${first("").toString("hex")}` };
    case "slack":
      return { "x-slack-request-timestamp": String(timestamp), "x-slack-signature": `v0=${first(`v0:${timestamp}:`).toString("hex")}` };
    case "stripe":
      return { "stripe-signature": [`t=${timestamp}`, ...digests(`${timestamp}.`).map((digest) => `v1=${digest.toString("hex")}`)].join(",") };
    case "hmac": {
      const { header, algorithm, encoding, prefix } = checkedHmac(hmac);
      return { [header.toLowerCase()]: prefix + encodeSignature(first("", algorithm), encoding) };
    }
  }
}

const invalid = (reason: WebhookReason, message: string) => ({ valid: false, reason, message }) as const;

/** An age that can't be told must not pass for a young one. */
function secondsOf(now: Temporal.Instant | Date | number): number {
  const ms = typeof now === "number" ? now : now instanceof Date ? now.getTime() : now.epochMilliseconds;
  if (!Number.isFinite(ms)) throw new TypeError("now is an instant, a valid date, or Unix milliseconds");
  return Math.floor(ms / 1_000);
}

function assertBytes(body: unknown): void {
  if (!(body instanceof Uint8Array)) throw new TypeError("the body is the bytes of the request as they came: text or a parsed object has lost some of them");
}
