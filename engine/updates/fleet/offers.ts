import { createMissingReader, type MissingColumns, type PackedMissing } from "../../core/missing-set.ts";
import type { Offer } from "../../store/records/offers.ts";
import type { Store } from "../../store/store.ts";

/** What is missing on one machine. It holds during the call that it is given to; of each column the first `size` values count. */
export interface MissingSet extends Omit<MissingColumns, "offers"> {
  /** undefined: what was missing was replaced while it was read, and the offer is gone with it. */
  offers: readonly (Offer | undefined)[];
}

/** Beyond this many they are forgotten, and read again when they are needed. */
const MOST_KNOWN = 200_000;

/**
 * Opens packed sets of missing updates. Offers never change, so what was read once is known: a question about 500,000 missing updates reads as many rows as there are
 * machines.
 */
export function createOfferShelf({ store }: { store: Pick<Store, "read"> }) {
  /** By id: they are given one after the other. */
  let known: (Offer | undefined)[] = [];
  let count = 0;
  const { columns: read } = createMissingReader();
  const offers: (Offer | undefined)[] = [];

  /** @param unknown ids of offers that aren't known are added */
  function open(packed: PackedMissing, unknown: Set<number>): { set: MissingSet; isWhole: boolean } {
    const columns = read(packed);
    let isWhole = true;
    for (let i = 0; i < columns.size; i++) {
      const id = columns.offers[i] ?? 0;
      const offer = known[id];
      offers[i] = offer;
      if (offer) continue;
      unknown.add(id);
      isWhole = false;
    }
    return { set: { ...columns, offers }, isWhole };
  }

  async function learn(ids: ReadonlySet<number>): Promise<void> {
    if (count > MOST_KNOWN) [known, count] = [[], 0];
    for (const offer of await store.read.offers.many([...ids])) {
      if (known[offer.id] !== undefined) continue;
      known[offer.id] = offer;
      count++;
    }
  }

  return {
    /** Calls `visit` for each machine of which there is a set, in any order. */
    async each<Machine extends { missing: PackedMissing | null }>(
      machines: readonly Machine[],
      visit: (machine: Machine, set: MissingSet) => void,
    ): Promise<void> {
      const unknown = new Set<number>();
      const later: { machine: Machine; missing: PackedMissing }[] = [];
      for (const machine of machines) {
        const { missing } = machine;
        if (missing === null) continue;
        const { set, isWhole } = open(missing, unknown);
        if (isWhole) visit(machine, set);
        else later.push({ machine, missing });
      }
      if (later.length === 0) return;
      await learn(unknown);
      for (const { machine, missing } of later) visit(machine, open(missing, unknown).set);
    },
  };
}
export type OfferShelf = ReturnType<typeof createOfferShelf>;
