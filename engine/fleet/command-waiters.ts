import type { StoredOutcome } from "./commands.ts";

export type CommandWaiter = (outcome: StoredOutcome) => void;

/** Who waits on this engine for the end of a command, wherever it comes from. */
export function createCommandWaiters() {
  const waiting = new Map<string, Set<CommandWaiter>>();
  return {
    /** @returns what ends the waiting */
    add(id: string, waiter: CommandWaiter): () => void {
      const set = waiting.get(id) ?? new Set();
      waiting.set(id, set.add(waiter));
      return () => {
        set.delete(waiter);
        if (set.size === 0 && waiting.get(id) === set) waiting.delete(id);
      };
    },
    settle(id: string, outcome: StoredOutcome): void {
      for (const waiter of waiting.get(id) ?? []) waiter(outcome);
      waiting.delete(id);
    },
    has: (id: string): boolean => waiting.has(id),
    ids: (): Iterable<string> => waiting.keys(),
  };
}
