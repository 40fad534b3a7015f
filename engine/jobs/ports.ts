/** Keys of single jobs, sealed by the master key: `access` provides it. */
export interface Sealer {
  newKey(): { wrapped: Uint8Array; key: JobKey };
  /** @throws MASTER_KEY_WRONG */
  unwrap(wrapped: Uint8Array): JobKey;
}

export interface JobKey {
  /** @param context what the sealed text belongs to; it opens with the same context only */
  seal(plaintext: Uint8Array, context: string): Uint8Array;
  /** @throws when the bytes were altered or belong elsewhere */
  openBytes(sealed: Uint8Array, context: string): Uint8Array;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
