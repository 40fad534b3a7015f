/**
 * Tells whoever listens that there is something to look at: at once, and of all that follows within `gapMs` once more at its end. So a thousand reports that each tell of
 * something aren't a thousand rounds of all that looks.
 */
export function createPacedCall(gapMs: number) {
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let again = false;

  function call(): void {
    again = timer !== undefined;
    if (again) return;
    for (const listener of listeners) {
      try {
        listener();
      } catch {
        // What has happened stays so, and the others are told; whoever looks at things looks again by the clock.
      }
    }
    timer = setTimeout(() => {
      timer = undefined;
      if (again) call();
    }, gapMs);
  }

  return {
    listen: (listener: () => void): void => void listeners.push(listener),
    call,
    /** Nobody is told any more. */
    stop(): void {
      listeners.length = 0;
      clearTimeout(timer);
    },
  };
}
