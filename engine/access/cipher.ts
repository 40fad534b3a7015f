import { createCipheriv, createDecipheriv } from "node:crypto";
import { randomBytesOf } from "../protocol/random.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: nonce, tag, ciphertext. One key seals far fewer than 2³² texts, so random nonces are safe (NIST SP 800-38D, 8.3).
 * @param key 32 bytes
 * @param context what the text belongs to: it opens with the same context only
 */
export function seal(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytesOf(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context, "utf8"));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

/** @returns undefined when the key or the context is another one, or a byte was altered */
export function open(key: Uint8Array, sealed: Uint8Array, context: string): Buffer | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const textFrom = NONCE_BYTES + TAG_BYTES;
  if (bytes.length < textFrom) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, textFrom));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(textFrom)), decipher.final()]);
  } catch {
    return undefined; // the tag doesn't fit
  }
}
