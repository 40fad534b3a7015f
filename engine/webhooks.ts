/** `runwright/webhooks`: proves where a webhook comes from, and signs one. `docs/webhooks.md` has the schemes. */
export { WEBHOOK_REASONS, WEBHOOK_SCHEMES, type WebhookReason, type WebhookScheme } from "./protocol/webhook-claim.ts";
export type { HmacAlgorithm, HmacFormat, SignatureEncoding } from "./protocol/webhook-encoding.ts";
export type { WebhookHeaders } from "./protocol/webhook-headers.ts";
export type { WebhookSecret } from "./protocol/webhook-secret.ts";
export { type SignOptions, sign, TOLERANCE_SECONDS, type Verification, type VerifyOptions, verify } from "./protocol/webhook-signature.ts";
