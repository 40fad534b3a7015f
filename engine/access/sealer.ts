import { RunwrightError } from "../core/errors.ts";
import { randomBytesOf } from "../protocol/random.ts";
import { open, seal } from "./cipher.ts";
import type { RootKey, RootKeys } from "./root-keys.ts";

/** Seals texts or bytes with AES-256-GCM. `context` says what the text belongs to: it opens with the same context only, so that no row can be passed off as another. */
export interface DataKey {
  seal(plaintext: string | Uint8Array, context: string): Uint8Array;
  /** @throws DATABASE_DAMAGED when the bytes were altered or belong elsewhere */
  open(sealed: Uint8Array, context: string): string;
  /** @throws DATABASE_DAMAGED likewise */
  openBytes(sealed: Uint8Array, context: string): Uint8Array;
}

/** Makes data keys, and wraps them with a key derived from a root key: a new root key means wrapping anew, not sealing anew. */
export interface Sealer {
  newKey(): { wrapped: Uint8Array; key: DataKey };
  /** @throws MASTER_KEY_WRONG when the wrapped key was sealed with another root key, or altered; DATABASE_UNAVAILABLE when its root key is still to be read */
  unwrap(wrapped: Uint8Array): DataKey;
  /** The same data key, wrapped with the current root key. @throws like `unwrap` */
  rewrap(wrapped: Uint8Array): Uint8Array;
  /** How everything begins that the current root key has wrapped. */
  currentPrefix(): Uint8Array;
}

/** First byte of all that is sealed: a later format gets another one. */
const SEALED = 1;
/** First byte of a data key: wrapped with the store's first root key, or with the one whose id follows. */
const BY_FIRST = 1;
const BY_ID = 2;
const ID_BYTES = 8;
const KEY_BYTES = 32;

export function createSealer(roots: RootKeys): Sealer {
  const wrappingKeys = new WeakMap<RootKey, Buffer>();
  function wrappingKeyOf(root: RootKey): Buffer {
    const key = wrappingKeys.get(root) ?? root.derive("wrapping key");
    wrappingKeys.set(root, key);
    return key;
  }

  const wrap = (root: RootKey, bytes: Uint8Array): Uint8Array => Buffer.concat([prefixOf(root), seal(wrappingKeyOf(root), bytes, "data key")]);

  function bytesOf(wrapped: Uint8Array): Buffer {
    const { root, from } = rootOf(wrapped);
    const bytes = root && open(wrappingKeyOf(root), wrapped.subarray(from), "data key");
    if (bytes?.length === KEY_BYTES) return bytes;
    throw new RunwrightError("MASTER_KEY_WRONG", "a stored key can't be opened with this master key; give the engine the original key");
  }

  function rootOf(wrapped: Uint8Array): { root?: RootKey; from: number } {
    if (wrapped[0] === BY_FIRST) return { root: roots.first(), from: 1 };
    if (wrapped[0] !== BY_ID || wrapped.length <= 1 + ID_BYTES) return { from: 0 };
    return { root: roots.find(Buffer.from(wrapped.subarray(1, 1 + ID_BYTES)).toString("hex")), from: 1 + ID_BYTES };
  }

  return {
    newKey() {
      const bytes = randomBytesOf(KEY_BYTES);
      return { wrapped: wrap(roots.current(), bytes), key: dataKey(bytes) };
    },
    unwrap: (wrapped) => dataKey(bytesOf(wrapped)),
    rewrap: (wrapped) => wrap(roots.current(), bytesOf(wrapped)),
    currentPrefix: () => prefixOf(roots.current()),
  };
}

const prefixOf = ({ id, isFirst }: RootKey): Buffer => (isFirst ? Buffer.of(BY_FIRST) : Buffer.concat([Buffer.of(BY_ID), Buffer.from(id, "hex")]));

function dataKey(bytes: Uint8Array): DataKey {
  function openBytes(sealed: Uint8Array, context: string): Buffer {
    const plaintext = sealed[0] === SEALED ? open(bytes, sealed.subarray(1), context) : undefined;
    if (!plaintext) throw new RunwrightError("DATABASE_DAMAGED", `what is sealed for ${context} was altered or belongs elsewhere; restore it from a backup`);
    return plaintext;
  }
  return {
    seal: (plaintext, context) =>
      Buffer.concat([Buffer.of(SEALED), seal(bytes, typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext, context)]),
    open: (sealed, context) => openBytes(sealed, context).toString("utf8"),
    openBytes,
  };
}
