import type { PackageKey, Report } from "../core/report.ts";
import { CHUNK_BYTES, type InventoryPart } from "../protocol/agent.ts";

/** Of each frame, for its head and whatever surrounds the lists. */
const RESERVE_BYTES = 64 * 1024;

type Lists = Pick<InventoryPart, "installed" | "updates"> & { removed: { installed: PackageKey[]; updates: PackageKey[] } };

/** Cuts a report into frames of at most `CHUNK_BYTES`: the head in the first, packages and updates in order. */
export function inventoryParts({ sequence, inventory, difference }: Report, bytes = CHUNK_BYTES - RESERVE_BYTES): InventoryPart[] {
  const { installed, updates, ...head } = inventory;
  const parts: Lists[] = [emptyLists()];
  let size = 0;
  const roomFor = (one: object) => {
    const length = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (size > 0 && size + length > bytes) {
      parts.push(emptyLists());
      size = 0;
    }
    size += length;
    return parts[parts.length - 1] as Lists;
  };
  for (const one of difference?.removed.installed ?? []) roomFor(one).removed.installed.push(one);
  for (const one of difference?.removed.updates ?? []) roomFor(one).removed.updates.push(one);
  for (const one of installed) roomFor(one).installed.push(one);
  for (const one of updates) roomFor(one).updates.push({ ...one, cves: [...one.cves], advisories: [...one.advisories] });
  const short = {
    ...head,
    rebootReasons: head.rebootReasons.slice(0, 100),
    problems: head.problems.slice(0, 100).map((problem) => problem.slice(0, 4_000)),
    ...(difference ? { difference: { base: difference.base, digest: difference.digest } } : {}),
  };
  return parts.map(({ removed, ...lists }, index) => ({
    ...{ type: "inventory", sequence, part: index, parts: parts.length },
    ...(index === 0 ? { head: short } : {}),
    ...lists,
    ...(removed.installed.length + removed.updates.length > 0 ? { removed } : {}),
  }));
}

const emptyLists = (): Lists => ({ installed: [], updates: [], removed: { installed: [], updates: [] } });
