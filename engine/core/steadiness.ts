/**
 * Whether something, such as that the database answers, has been so without a break for long enough to judge others by it.
 * Times are those of a monotonic clock, milliseconds.
 */
export function createSteadiness({ neededMs, breakMs }: { neededMs: number; breakMs: number }) {
  let since: number | null = null;
  let last = 0;
  return {
    /** It is so at this moment; not to have looked for longer than `breakMs` is a break. @returns whether it has been so for long enough */
    seen(at: number): boolean {
      if (since === null || at - last > breakMs) since = at;
      last = at;
      return at - since >= neededMs;
    },
    lost(): void {
      since = null;
    },
  };
}
