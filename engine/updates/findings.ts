import { type PackageKey, updateKey } from "../core/report.ts";
import type { MissingUpdate } from "../core/update.ts";
import { asReported, type EnrichedUpdate } from "../core/vulnerability-enrichment.ts";
import type { UpdateRecord } from "../store/records/updates.ts";
import type { Writes } from "../store/store.ts";

/** Rows beyond which they aren't taken away one by one. */
const MANY = 500;

/** What the engine knows of updates besides what was found: when each was first seen, and what was said of it last. */
export function withHistory(known: readonly UpdateRecord[], machineId: string, updates: readonly EnrichedUpdate[], now: number): UpdateRecord[] {
  const before = new Map(known.map((update) => [updateKey(update), update]));
  return updates.map((update) => {
    const { firstSeenAt = now, verdict = "approved", dueAt = null } = before.get(updateKey(update)) ?? {};
    return { ...update, machineId, firstSeenAt, verdict, dueAt };
  });
}

/** What the machine itself said of an update. */
export const asMachineSaid = ({ machineId: _, firstSeenAt: __, verdict: ___, dueAt: ____, ...update }: UpdateRecord): MissingUpdate => asReported(update);

/** Writes what differs from what is stored, and nothing else. */
export async function storeUpdates(
  tx: Pick<Writes, "updates">,
  machineId: string,
  known: readonly UpdateRecord[],
  updates: readonly UpdateRecord[],
): Promise<void> {
  const left = new Map(known.map((update) => [updateKey(update), update]));
  const put = updates.filter((update) => {
    const before = left.get(updateKey(update));
    left.delete(updateKey(update));
    return before === undefined || textOf(before) !== textOf(update);
  });
  const removed = [...left.values()].map(({ name, architecture, candidateVersion: version }): PackageKey => ({ name, architecture, version }));
  if (removed.length > MANY) await tx.updates.replaceUpdates(machineId, updates);
  else await tx.updates.changeUpdates(machineId, { put, removed });
}

/** The same for equal updates, in whatever order their members are. */
const textOf = (update: UpdateRecord): string => JSON.stringify(Object.entries(update).sort(([a], [b]) => (a < b ? -1 : 1)));
