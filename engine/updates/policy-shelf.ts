import { createRecent } from "../core/recent.ts";
import { type Scope, upwards } from "../core/scope.ts";
import { type ReadPolicy, readPolicy } from "../core/update-policy/read.ts";
import type { UpdatePolicySpec } from "../core/update-policy.ts";
import type { Reads } from "../store/store.ts";

/** Masks and exemptions that are kept read, over all policies. */
const MOST_KEPT = 200_000;

/** Reads policies, each once: their texts are many, and asked for with each report of each machine. */
export function createPolicyShelf() {
  const known = createRecent<ReadPolicy>({ maxWeight: MOST_KEPT, weigh: weightOf });

  return {
    /** Those that lie in a scope or above it, as the transaction sees them. */
    async above(reads: Pick<Reads, "resources">, scope: Scope): Promise<ReadPolicy[]> {
      const heads = await reads.resources.headsIn("UpdatePolicy", upwards(scope));
      // A change that was undone may have had the same number: the time tells it from the one that came after.
      const keyed = heads.map((head) => ({ ...head, key: `${head.id} ${head.revision} ${head.updatedAt}` }));
      const found = new Map(keyed.map(({ id, key }) => [id, known.get(key)]));
      const missing = keyed.filter(({ id }) => found.get(id) === undefined).map(({ id }) => id);
      for (const { id, name, scope: place, revision, updatedAt, spec } of await reads.resources.many(missing)) {
        const read = readPolicy({ name, scope: place, spec: spec as UpdatePolicySpec });
        known.set(`${id} ${revision} ${updatedAt}`, read);
        found.set(id, read);
      }
      return [...found.values()].filter((one) => one !== undefined);
    },
  };
}
export type PolicyShelf = ReturnType<typeof createPolicyShelf>;

function weightOf({ spec: { include = [], exclude = [], approved = [], exemptions = [] } }: ReadPolicy): number {
  return 10 + include.length + exclude.length + approved.length + exemptions.reduce((sum, { updates }) => sum + 1 + updates.length, 0);
}
