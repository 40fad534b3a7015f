/** Keeps what was used last, up to a total weight: for values that never change, such as what is named by its hash. */
export function createRecent<Value>({ maxWeight, weigh }: { maxWeight: number; weigh(value: Value): number }) {
  const kept = new Map<string, Value>();
  let weight = 0;
  return {
    get(key: string): Value | undefined {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value); // a Map is in the order of insertion: the first one is the one used longest ago
      return value;
    },
    set(key: string, value: Value): void {
      const before = kept.get(key);
      if (before !== undefined) weight -= weigh(before);
      kept.delete(key);
      kept.set(key, value);
      weight += weigh(value);
      for (const [oldest, old] of kept) {
        if (weight <= maxWeight) break;
        kept.delete(oldest);
        weight -= weigh(old);
      }
    },
  };
}
export type Recent<Value> = ReturnType<typeof createRecent<Value>>;
