/** Lets at most `limit` holders in at a time; the others wait in the order in which they came. */
export function createSlots(limit: number) {
  let free = limit;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return {
    async take(): Promise<{ release(): void }> {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return { release };
    },
  };
}
