/** What the master key does for backups. `access` holds it. */
export interface BackupKeys {
  /** What the key is known by, 64 hex digits; says nothing about the key. */
  fingerprint: string;
  /** What only someone with the master key can say about these bytes. */
  prove(bytes: Uint8Array): Uint8Array;
  isProof(bytes: Uint8Array, proof: Uint8Array): boolean;
  /** @param name of the part: one can't stand in another's place */
  seal(bytes: Uint8Array, name: string): Uint8Array;
  /** @returns undefined when it wasn't sealed with this key, under this name */
  open(sealed: Uint8Array, name: string): Uint8Array | undefined;
}

export const PROOF_BYTES = 32;
