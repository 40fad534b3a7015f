import { type Scope, upwards } from "../core/scope.ts";
import type { FirstSeenRecord, UpdateKey } from "../store/records/first-seen.ts";
import type { Reads, Writes } from "../store/store.ts";

/** When the engine first saw an update in a scope, Unix milliseconds. */
export interface FirstSeen {
  /** What nobody has reported there yet is seen now. */
  (update: UpdateKey, scope: Scope): number;
  /** Null: nobody has. */
  known(update: UpdateKey, scope: Scope): number | null;
}

const keyOf = (scope: Scope, { name, architecture, candidateVersion }: UpdateKey): string => `${scope}\n${name}\n${architecture}\n${candidateVersion}`;

async function known(reads: Pick<Reads, "firstSeen">, scopes: readonly Scope[], updates: readonly UpdateKey[]): Promise<Map<string, number>> {
  const found = await reads.firstSeen.of([...new Set(scopes)], [...new Set(updates.map(({ name }) => name))]);
  return new Map(found.map((row) => [keyOf(row.scope, row), row.at]));
}

function answering(rows: ReadonlyMap<string, number>, now: number): FirstSeen {
  const known = (update: UpdateKey, scope: Scope) => rows.get(keyOf(scope, update)) ?? null;
  return Object.assign((update: UpdateKey, scope: Scope) => known(update, scope) ?? now, { known });
}

/** What a machine of this scope reports. */
export interface Sighting {
  scope: Scope;
  /** Scopes above it whose times will be asked for. */
  asked: readonly Scope[];
  updates: readonly UpdateKey[];
}

/**
 * Notes what machines have reported, for their scopes and each one above, where nobody has reported it before: a clock that has begun isn't moved. Whoever is noted in a
 * scope is noted in those above it too, so that one look at the machine's own tells what is new: of ten thousand machines alike the first one writes.
 */
export async function noteFirstSeen(tx: Pick<Writes, "firstSeen">, sightings: readonly Sighting[], now: number): Promise<FirstSeen> {
  const updates = sightings.flatMap((one) => one.updates);
  if (updates.length === 0) return answering(new Map(), now);
  const rows = await known(
    tx,
    sightings.flatMap(({ scope, asked }) => [scope, ...asked]),
    updates,
  );
  const fresh = new Map<string, FirstSeenRecord>();
  for (const { scope, asked, updates } of sightings) {
    const [places, all] = [[scope, ...asked], upwards(scope)];
    for (const update of updates) {
      // One above may have been forgotten, as old ones are: it begins anew.
      if (places.every((one) => rows.has(keyOf(one, update)))) continue;
      const { name, architecture, candidateVersion } = update;
      for (const one of all) fresh.set(keyOf(one, update), { scope: one, name, architecture, candidateVersion, at: now });
    }
  }
  if (fresh.size > 0) await tx.firstSeen.note([...fresh.values()]);
  return answering(rows, now);
}

/** The same without noting anything. */
export async function readFirstSeen(
  reads: Pick<Reads, "firstSeen">,
  { scopes, updates, now }: { scopes: readonly Scope[]; updates: readonly UpdateKey[]; now: number },
): Promise<FirstSeen> {
  return answering(updates.length === 0 || scopes.length === 0 ? new Map() : await known(reads, scopes, updates), now);
}
