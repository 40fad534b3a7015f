import type { Inventory } from "../core/update.ts";
import { CHUNK_BYTES, type InventoryPart } from "../protocol/agent.ts";

/** Of each frame, for its head and whatever surrounds the lists. */
const RESERVE_BYTES = 64 * 1024;

/** Cuts a report into frames of at most `CHUNK_BYTES`: the head in the first, packages and updates in order. */
export function inventoryParts(inventory: Inventory, sequence: number, bytes = CHUNK_BYTES - RESERVE_BYTES): InventoryPart[] {
  const { installed, updates, ...head } = inventory;
  const parts: Pick<InventoryPart, "installed" | "updates">[] = [{ installed: [], updates: [] }];
  let size = 0;
  const roomFor = (one: object) => {
    const length = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (size > 0 && size + length > bytes) {
      parts.push({ installed: [], updates: [] });
      size = 0;
    }
    size += length;
    return parts[parts.length - 1] as (typeof parts)[number];
  };
  for (const one of installed) roomFor(one).installed.push(one);
  for (const one of updates) roomFor(one).updates.push({ ...one, cves: [...one.cves], advisories: [...one.advisories] });
  const short = { ...head, rebootReasons: head.rebootReasons.slice(0, 100), problems: head.problems.slice(0, 100).map((problem) => problem.slice(0, 4_000)) };
  return parts.map((part, index) => ({ type: "inventory", sequence, part: index, parts: parts.length, ...(index === 0 ? { head: short } : {}), ...part }));
}
