import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";
import type { MasterKey } from "./master-key.ts";

/** Seals texts or bytes with AES-256-GCM. `context` says what the text belongs to: it opens with the same context only, so that no row can be passed off as another. */
export interface DataKey {
  seal(plaintext: string | Uint8Array, context: string): Uint8Array;
  /** @throws DATABASE_DAMAGED when the bytes were altered or belong elsewhere */
  open(sealed: Uint8Array, context: string): string;
  /** @throws DATABASE_DAMAGED likewise */
  openBytes(sealed: Uint8Array, context: string): Uint8Array;
}

/** Makes data keys, and wraps them with a key derived from the master key: changing the master key means wrapping anew, not sealing anew. */
export interface Sealer {
  newKey(): { wrapped: Uint8Array; key: DataKey };
  /** @throws MASTER_KEY_WRONG when the wrapped key was sealed with another master key, or altered */
  unwrap(wrapped: Uint8Array): DataKey;
}

/** First byte of all that is sealed: a later format gets another one. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

export function createSealer(masterKey: MasterKey): Sealer {
  const wrappingKey = masterKey.derive("wrapping key");
  return {
    newKey() {
      const bytes = randomBytes(KEY_BYTES);
      return { wrapped: encrypt(wrappingKey, bytes, "data key"), key: dataKey(bytes) };
    },
    unwrap(wrapped) {
      const bytes = decrypt(wrappingKey, wrapped, "data key");
      if (!bytes) throw new RunwrightError("MASTER_KEY_WRONG", "a stored key can't be opened with this master key; give the engine the original key");
      return dataKey(bytes);
    },
  };
}

function dataKey(bytes: Uint8Array): DataKey {
  function openBytes(sealed: Uint8Array, context: string): Buffer {
    const plaintext = decrypt(bytes, sealed, context);
    if (!plaintext) throw new RunwrightError("DATABASE_DAMAGED", `what is sealed for ${context} was altered or belongs elsewhere; restore it from a backup`);
    return plaintext;
  }
  return {
    seal: (plaintext, context) => encrypt(bytes, typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext, context),
    open: (sealed, context) => openBytes(sealed, context).toString("utf8"),
    openBytes,
  };
}

/** Format, nonce, tag, ciphertext. A data key seals far fewer than 2³² texts, so random nonces are safe (NIST SP 800-38D, 8.3). */
function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(Buffer.from(context, "utf8"));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.getAuthTag(), ciphertext]);
}

function decrypt(key: Uint8Array, sealed: Uint8Array, context: string): Buffer | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const textFrom = 1 + NONCE_BYTES + TAG_BYTES;
  if (bytes[0] !== FORMAT || bytes.length < textFrom) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(bytes.subarray(1 + NONCE_BYTES, textFrom));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(textFrom)), decipher.final()]);
  } catch {
    return undefined; // the tag doesn't fit: another key, another context, or altered bytes
  }
}
