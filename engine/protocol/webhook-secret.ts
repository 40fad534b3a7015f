import { decodeSignature } from "./webhook-encoding.ts";

export type WebhookSecret = string | Uint8Array;

const STANDARD_PREFIX = "whsec_";

/**
 * The keys of one secret or several.
 * @throws TypeError for none, for an empty one (an HMAC takes any key, so everyone could sign), and for one of `standard` that isn't base64
 */
export function bytesOfSecrets(secret: WebhookSecret | readonly WebhookSecret[], scheme: string): Buffer[] {
  const secrets = typeof secret === "string" || secret instanceof Uint8Array ? [secret] : secret;
  if (secrets.length === 0) throw new TypeError("a webhook is verified with at least one secret");
  return secrets.map((one) => {
    const key = typeof one !== "string" ? Buffer.from(one) : scheme === "standard" ? standardKey(one) : Buffer.from(one, "utf8");
    if (key.length === 0) throw new TypeError("the secret of a webhook is empty: everyone could sign with it");
    return key;
  });
}

/** Padding may be left out, as some dashboards do. */
function standardKey(secret: string): Buffer {
  const text = (secret.startsWith(STANDARD_PREFIX) ? secret.slice(STANDARD_PREFIX.length) : secret).replace(/=+$/, "");
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, "=");
  const key = text === "" ? Buffer.alloc(0) : decodeSignature(padded, "base64");
  if (key === undefined) throw new TypeError("a secret of the scheme standard is base64, usually after whsec_");
  return key;
}
