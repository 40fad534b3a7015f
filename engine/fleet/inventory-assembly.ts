import type { InventoryPart } from "../protocol/agent.ts";
import type { InventoryReport } from "./ports.ts";

const MAX_PACKAGES = 250_000;

/** Puts the parts of one machine's report together. Parts come in order; whatever doesn't fit starts anew with the next part 0. */
export function createAssembly() {
  let current: { sequence: number; parts: InventoryPart[]; packages: number } | undefined;
  return {
    /** @returns the report when this was its last part */
    add(part: InventoryPart): InventoryReport | undefined {
      if (part.part === 0) current = { sequence: part.sequence, parts: [], packages: 0 };
      if (current === undefined || part.sequence !== current.sequence || part.part !== current.parts.length) {
        current = undefined;
        return undefined;
      }
      current.parts.push(part);
      current.packages += part.installed.length + part.updates.length;
      if (current.packages > MAX_PACKAGES) current = undefined;
      if (current === undefined || current.parts.length < part.parts) return undefined;
      const { sequence, parts } = current;
      current = undefined;
      const head = parts[0]?.head;
      if (head === undefined) return undefined;
      return { sequence, inventory: { ...head, installed: parts.flatMap((one) => one.installed), updates: parts.flatMap((one) => one.updates) } };
    },
  };
}
