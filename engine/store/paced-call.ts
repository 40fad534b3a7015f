/**
 * Tells whoever listens that there is something to look at: at once, and of all that follows within `gapMs` once more at its end. So a thousand reports that each tell of
 * something aren't a thousand rounds of all that looks.
 */
export function createBell(gapMs: number) {
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let again = false;

  function ring(): void {
    again = timer !== undefined;
    if (again) return;
    for (const listener of listeners) listener();
    timer = setTimeout(() => {
      timer = undefined;
      if (again) ring();
    }, gapMs);
  }

  return {
    listen: (listener: () => void): void => void listeners.push(listener),
    ring,
    /** Nobody is told any more. */
    stop(): void {
      listeners.length = 0;
      clearTimeout(timer);
    },
  };
}
