export interface Location {
  scriptId: string;
  lineNumber: number;
  columnNumber?: number;
}

type Fields = Record<string, unknown>;
/** A request of the runner's own to the inspector. Rejects with what the inspector says is wrong. */
export type OwnRequest = (method: string, params: Fields) => Promise<Fields>;

/** Of a large bundle the end is the author's own code: packages come before it. */
const MOST = 5_000;
/** They halt only while this is set: so they need not be removed. */
const ARMED = 'globalThis[Symbol.for("runwright.halt")]';

const nameOf = ({ scriptId, lineNumber, columnNumber = 0 }: Location): string => `${scriptId}:${lineNumber}:${columnNumber}`;

/**
 * Breakpoints that halt the code once, at the next place. V8 keeps what it needs for stepping with a thread, and isolated-vm gives its thread up after each task: a step
 * over an `await` whose outcome comes in a later task would be forgotten, as would a wish to halt at the next statement. So are the numbers of breakpoints: they begin
 * anew with each task, and whoever removes one may remove another one of the same number. Hence these stay, and what was hit is told by its place.
 */
export function createOwnBreakpoints(request: OwnRequest) {
  const own = new Set<string>();
  /** The debugger's, by their place. */
  const theirs = new Map<string, string>();
  let isArmed = false;

  function arm(now: boolean): Promise<unknown> {
    isArmed = now;
    return request("Runtime.evaluate", { expression: `void (${ARMED} = ${now})`, silent: true });
  }

  return {
    /** The debugger has one there. */
    note(id: string, places: readonly Location[]): void {
      for (const place of places) theirs.set(nameOf(place), id);
    },
    forget(id: string): void {
      for (const [place, other] of theirs) if (other === id) theirs.delete(place);
    },
    /** Of the breakpoints that V8 says were hit at a place, what the debugger knows of. */
    hitAt(place: Location): string[] {
      const id = theirs.get(nameOf(place));
      return id === undefined ? [] : [id];
    },
    /** Where the code can be halted from here on: in this function, or anywhere in the script. */
    async places(start: Location, { inFunction }: { inFunction: boolean }): Promise<Location[]> {
      const { locations } = (await request("Debugger.getPossibleBreakpoints", { start, restrictToFunction: inFunction })) as { locations: Location[] };
      return locations.slice(-MOST);
    },
    /** Halts at the first of them that the code comes to. */
    async set(places: readonly Location[]): Promise<void> {
      const missing = places.filter((place) => !own.has(nameOf(place)));
      for (const place of missing) own.add(nameOf(place));
      await Promise.all([
        ...missing.map(
          ({ scriptId, lineNumber, columnNumber }) =>
            request("Debugger.setBreakpoint", { location: { scriptId, lineNumber, columnNumber }, condition: ARMED }).catch(() => {}), // one place less
        ),
        arm(true),
      ]);
    },
    /** The code has halted. */
    disarm(): void {
      if (isArmed) arm(false).catch(() => {}); // the isolate is gone
    },
  };
}
