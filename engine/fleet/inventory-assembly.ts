import type { Report } from "../core/report.ts";
import type { InventoryPart } from "../protocol/agent.ts";

const MAX_PACKAGES = 250_000;

/** Puts the parts of one machine's report together. Parts come in order; whatever doesn't fit starts anew with the next part 0. */
export function createAssembly() {
  let current: { sequence: number; parts: InventoryPart[]; packages: number } | undefined;
  return {
    /** @returns the report when this was its last part */
    add(part: InventoryPart): Report | undefined {
      if (part.part === 0) current = { sequence: part.sequence, parts: [], packages: 0 };
      if (current === undefined || part.sequence !== current.sequence || part.part !== current.parts.length) {
        current = undefined;
        return undefined;
      }
      current.parts.push(part);
      const { installed = [], updates = [] } = part.removed ?? {};
      current.packages += part.installed.length + part.updates.length + installed.length + updates.length;
      if (current.packages > MAX_PACKAGES) current = undefined;
      if (current === undefined || current.parts.length < part.parts) return undefined;
      const { sequence, parts } = current;
      current = undefined;
      if (parts[0]?.head === undefined) return undefined;
      const { difference, ...head } = parts[0].head;
      const inventory = { ...head, installed: parts.flatMap((one) => one.installed), updates: parts.flatMap((one) => one.updates) };
      if (difference === undefined) return { sequence, inventory };
      const removed = {
        installed: parts.flatMap((one) => one.removed?.installed ?? []),
        updates: parts.flatMap((one) => one.removed?.updates ?? []),
      };
      return { sequence, inventory, difference: { ...difference, removed } };
    },
    /** Whether a report has begun and more of it is to come. */
    isOpen: (): boolean => current !== undefined,
    /** What has come of a report isn't wanted. */
    drop(): void {
      current = undefined;
    },
  };
}
