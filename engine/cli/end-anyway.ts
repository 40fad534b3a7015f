/**
 * What a stop may take beyond the time that running jobs are given, milliseconds. With their ten seconds it is over before a service manager loses patience: after 30 s
 * (Kubernetes) or 90 s (systemd).
 */
export const STOP_MS = 15_000;

export interface EndAnywayParts {
  /** Fires when a stop is asked for. */
  signal: AbortSignal;
  /** Milliseconds from then on. */
  withinMs: number;
  /** Told once, before the end. @param open kinds of what keeps the process alive, with their numbers, such as `{ "Timeout": 2 }` */
  tell(open: Readonly<Record<string, number>>): void;
}

/**
 * Ends this process with exit code 1 when it still lives some time after a stop was asked for: whatever holds it up is a mistake of ours, and mustn't hold up whoever waits
 * for its end. Nothing that was answered is lost, as an engine may be killed at any moment too.
 */
export function endAnyway({ signal, withinMs, tell }: EndAnywayParts): void {
  const end = () => {
    const open: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) open[kind] = (open[kind] ?? 0) + 1;
    tell(open);
    process.exit(1);
  };
  // It mustn't be what keeps the process alive.
  const arm = () => void setTimeout(end, withinMs).unref();
  if (signal.aborted) arm();
  else signal.addEventListener("abort", arm, { once: true });
}
