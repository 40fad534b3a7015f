/** The addresses of a machine's engine, or of engines that share one database, in the order in which they are tried. */
export function createAddresses(urls: readonly [string, ...string[]]) {
  const all = [...new Set(urls)];
  let at = 0;
  let failures = 0;
  return {
    current: (): string => all[at] ?? urls[0],
    /** It was of use: it is the first to be asked again. */
    worked(): void {
      failures = 0;
    },
    /** The next one's turn. @returns in how many rounds none was of use, and whether this was the last one of a round */
    failed(): { rounds: number; isLast: boolean } {
      at = (at + 1) % all.length;
      failures++;
      return { rounds: Math.floor(failures / all.length), isLast: failures % all.length === 0 };
    },
  };
}
