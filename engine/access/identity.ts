import type { Identity } from "../protocol/signature.ts";
import { newSeed, openIdentity } from "../protocol/signature.ts";
import type { Store } from "../store/store.ts";
import type { Sealer } from "./sealer.ts";

const SEED = "engineSeed";
export const SEED_KEY = "engineSeedKey";

/**
 * The Ed25519 key that join tokens pin and with which the engine proves itself to agents: made at first start, sealed in the store, so that all engines
 * of one store are the same to an agent.
 * @throws MASTER_KEY_WRONG
 */
export async function openEngineIdentity({ store, sealer }: { store: Pick<Store, "write">; sealer: Sealer }): Promise<Identity> {
  const fresh = sealer.newKey();
  // Engines that start together on an empty store agree on the first one's.
  const stored = await store.write(async (tx) => ({
    wrapped: await tx.meta.setOnce(SEED_KEY, Buffer.from(fresh.wrapped).toString("base64")),
    sealed: await tx.meta.setOnce(SEED, Buffer.from(fresh.key.seal(newSeed(), SEED)).toString("base64")),
  }));
  return openIdentity(sealer.unwrap(Buffer.from(stored.wrapped, "base64")).open(Buffer.from(stored.sealed, "base64"), SEED));
}
