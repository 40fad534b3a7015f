import { createHmac, timingSafeEqual } from "node:crypto";
import { open, seal } from "./cipher.ts";
import { checkOf, type MasterKey } from "./master-key.ts";

/** What a master key does for backups: it proves where they come from, and seals what in them is private. */
export function backupKeysOf(master: MasterKey) {
  const prove = (bytes: Uint8Array): Buffer => createHmac("sha256", master.derive("backup manifests")).update(bytes).digest();
  const context = (name: string) => `backup part ${name}`;
  return {
    fingerprint: checkOf(master),
    prove,
    isProof(bytes: Uint8Array, proof: Uint8Array): boolean {
      const right = prove(bytes);
      return right.length === proof.length && timingSafeEqual(right, proof);
    },
    seal: (bytes: Uint8Array, name: string) => seal(master.derive("backup parts"), bytes, context(name)),
    open: (sealed: Uint8Array, name: string) => open(master.derive("backup parts"), sealed, context(name)),
  };
}
