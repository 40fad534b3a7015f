import type { Identity } from "../protocol/signature.ts";
import { newSeed, openIdentity } from "../protocol/signature.ts";
import type { Store } from "../store/store.ts";
import type { Sealer } from "./sealer.ts";

const SEED = "engineSeed";
const SEED_KEY = "engineSeedKey";

/**
 * The Ed25519 key that join tokens pin and with which the engine proves itself to agents: made at first start, sealed in the store, so that all engines
 * of one store are the same to an agent.
 * @throws MASTER_KEY_WRONG
 */
export async function openEngineIdentity({ store, sealer }: { store: Pick<Store, "write">; sealer: Sealer }): Promise<Identity> {
  const seed = await store.write(async (tx) => {
    const [sealed, wrapped] = [await tx.meta.get(SEED), await tx.meta.get(SEED_KEY)];
    if (sealed !== undefined && wrapped !== undefined) return sealer.unwrap(Buffer.from(wrapped, "base64")).open(Buffer.from(sealed, "base64"), SEED);
    const made = newSeed();
    const dataKey = sealer.newKey();
    await tx.meta.set(SEED, Buffer.from(dataKey.key.seal(made, SEED)).toString("base64"));
    await tx.meta.set(SEED_KEY, Buffer.from(dataKey.wrapped).toString("base64"));
    return made;
  });
  return openIdentity(seed);
}
