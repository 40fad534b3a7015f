import { createHash } from "node:crypto";
import { RunwrightError } from "../../core/errors.ts";
import type { WebhookSpec } from "../../protocol/resources/webhook.ts";
import { headerReader } from "../../protocol/webhook-headers.ts";
import { type VerifyOptions, verifySigned } from "../../protocol/webhook-signature.ts";

/** A request as it came. */
export interface Incoming {
  /** As they came, repeated ones too. */
  headers: readonly (readonly [string, string])[];
  query: Readonly<Record<string, unknown>>;
  /** Bytes, before any parsing. */
  body: Uint8Array;
  address: string;
  correlationId: string;
}

/** By what a delivery is known again. */
export interface Identity {
  /** Of a signature that carries a time and no id: it counts once. */
  nonce: string | null;
  /** Requests that say the same are one delivery: a signed id, or else a key, or GitHub's id of the delivery. */
  sameAs: string | null;
  givenKey: string | null;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * Whether a request is signed as the webhook asks for.
 * @returns its nonce and its signed id @throws SIGNATURE_INVALID; TypeError when the secret is no usable one
 */
export function prove(
  { scheme, hmac }: WebhookSpec["verify"],
  secret: string | undefined,
  { headers, body }: Pick<Incoming, "headers" | "body">,
  now: number,
): { nonce: string | null; signedId: string | null } {
  if (scheme === "none" || secret === undefined) return { nonce: null, signedId: null };
  const verification = verifySigned({ scheme, hmac, secret, headers, body, now } as VerifyOptions);
  if (!verification.valid)
    throw new RunwrightError("SIGNATURE_INVALID", `${verification.reason}: ${verification.message}`, { details: { reason: verification.reason } });
  const carriesTime = scheme === "slack" || scheme === "stripe";
  return {
    // Not the signature itself: whoever reads the database could use it for five minutes.
    nonce: carriesTime && verification.digest ? createHash("sha256").update(verification.digest).digest("base64url") : null,
    signedId: scheme === "standard" ? (headerReader(headers)("webhook-id").value ?? null) : null,
  };
}

/**
 * What is signed comes first: who repeats a signed request with another key gets no second job by it.
 * @throws BAD_REQUEST
 */
export function identify({ headers }: Pick<Incoming, "headers">, { nonce, signedId }: { nonce: string | null; signedId: string | null }): Identity {
  if (signedId !== null) return { nonce, sameAs: `id ${signedId}`, givenKey: null };
  const [givenKey, githubId] = ["idempotency-key", "x-github-delivery"].map((name) => {
    const { value = null, reason } = headerReader(headers)(name);
    if (reason === "header_repeated" || (value !== null && !KEY.test(value)))
      throw new RunwrightError("BAD_REQUEST", `the header ${name} must be there once, with 1 to 200 printable characters and no spaces`);
    return value;
  });
  if (givenKey) return { nonce, sameAs: `key ${givenKey}`, givenKey };
  return { nonce, sameAs: githubId && nonce === null ? `github ${githubId}` : null, givenKey: null };
}
