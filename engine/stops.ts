export interface StopLog {
  error(fields: object, message: string): void;
}

/** What lives as long as the engine, and how each part ends: in the reverse order of the start, one after the other. */
export function createStops(log: StopLog) {
  const parts: { name: string; stop: () => unknown }[] = [];
  let current: string | null = null;
  let ended: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    for (const { name, stop } of parts.reverse()) {
      current = name;
      // What can't end in good order, as the database is away, mustn't keep the rest from ending.
      await Promise.try(stop).catch((error) => log.error({ err: error, part: name }, "a part of the engine didn't stop in good order"));
    }
    current = null;
  }

  return {
    add: (name: string, stop: () => unknown): void => void parts.push({ name, stop }),
    /** The part whose end is waited for at this moment. */
    current: (): string | null => current,
    /** Never rejects. Whoever asks again waits for the same end. */
    stop: (): Promise<void> => (ended ??= stopAll()),
  };
}
