import { type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Engine, Query } from "./engine.ts";
import { withQuery } from "./engine.ts";
import type { Kind, Live } from "./live.ts";
import { type Problem, toProblem } from "./problem.ts";

/** What a view shows of something that it reads: the last value stays while it is read again, so nothing jumps. */
export interface Reading<Value> {
  value: Value | undefined;
  /** Why the newest try failed; the value beside it is older. */
  problem: Problem | undefined;
  /** Being read, for the first time or again. */
  busy: boolean;
}

export interface Read<Value> {
  reading: ReadonlySignal<Reading<Value>>;
  /** Reads again now. */
  again(): Promise<void>;
  /** One view fewer shows it. */
  release(): void;
}

export interface ReadsParts {
  engine: Pick<Engine, "get">;
  live: Pick<Live, "onChange">;
  isVisible(): boolean;
  /** Calls back when the page is looked at again. */
  onVisible(run: () => void): void;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
  monotonic(): number;
}

export interface ReadOptions {
  query?: Query;
  /** It is read again when one of these has changed. */
  of: readonly Kind[];
  /** Milliseconds between two readings at the least, however much changes; 1,000 without it. */
  every?: number;
}

interface Entry {
  reading: Signal<Reading<unknown>>;
  users: number;
  options: ReadOptions;
  path: string;
  /** When the newest reading began. */
  startedAt: number;
  /** Something has changed since it began. */
  outdated: boolean;
  timer: unknown;
  abort: AbortController | undefined;
  forget: unknown;
}

const EVERY_MS = 1_000;
/** A page that is left and come back to shows what it showed, and reads again. */
const KEPT_MS = 60_000;
/** After a failure that may pass; the next change asks again as well. */
const RETRY_MS = 5_000;

/** What views read, shared between them by address, and kept current while somebody looks. */
export function createReads({ engine, live, isVisible, onVisible, setTimer, clearTimer, monotonic }: ReadsParts) {
  const entries = new Map<string, Entry>();

  async function read(entry: Entry): Promise<void> {
    clearTimer(entry.timer);
    entry.timer = undefined;
    entry.abort?.abort();
    const abort = new AbortController();
    Object.assign(entry, { abort, startedAt: monotonic(), outdated: false });
    entry.reading.value = { ...entry.reading.value, busy: true };
    try {
      const value = await engine.get(entry.path, { signal: abort.signal });
      if (abort.signal.aborted) return;
      entry.reading.value = { value, problem: undefined, busy: false };
    } catch (error) {
      if (abort.signal.aborted) return;
      entry.reading.value = { ...entry.reading.value, problem: toProblem(error), busy: false };
      const { status } = toProblem(error);
      if ((status === 0 || status === 429 || status >= 500) && entry.users > 0) later(entry, RETRY_MS);
    } finally {
      if (entry.abort === abort) entry.abort = undefined;
      if (entry.outdated && !abort.signal.aborted) soon(entry);
    }
  }

  function later(entry: Entry, ms: number): void {
    if (entry.timer !== undefined) return;
    entry.timer = setTimer(() => {
      entry.timer = undefined;
      soon(entry);
    }, ms);
  }

  /** Reads again when it may: not while it is being read, not too often, not while nobody looks. */
  function soon(entry: Entry): void {
    entry.outdated = true;
    if (entry.abort !== undefined || entry.users === 0 || !isVisible()) return;
    const wait = (entry.options.every ?? EVERY_MS) - (monotonic() - entry.startedAt);
    if (wait > 0) later(entry, wait);
    else void read(entry);
  }

  live.onChange((kinds) => {
    for (const entry of entries.values()) if (entry.options.of.some((kind) => kinds.has(kind))) soon(entry);
  });
  onVisible(() => {
    for (const entry of entries.values()) if (entry.outdated) soon(entry);
  });

  return {
    /** One view more shows it; it is read at once unless it is there already. */
    use<Value>(path: string, options: ReadOptions): Read<Value> {
      const address = withQuery(path, options.query);
      const found = entries.get(address);
      const entry: Entry = found ?? {
        reading: signal({ value: undefined, problem: undefined, busy: false }),
        users: 0,
        options,
        path: address,
        startedAt: Number.NEGATIVE_INFINITY,
        outdated: true,
        timer: undefined,
        abort: undefined,
        forget: undefined,
      };
      if (!found) entries.set(address, entry);
      clearTimer(entry.forget);
      entry.forget = undefined;
      entry.users += 1;
      if (entry.users === 1) {
        entry.outdated = true;
        if (entry.abort === undefined) void read(entry);
      }
      let held = true;
      return {
        reading: entry.reading as Signal<Reading<Value>>,
        again: () => read(entry),
        release() {
          if (!held) return;
          held = false;
          entry.users -= 1;
          if (entry.users > 0) return;
          clearTimer(entry.timer);
          entry.timer = undefined;
          entry.abort?.abort();
          entry.abort = undefined;
          entry.forget = setTimer(() => entries.delete(address), KEPT_MS);
        },
      };
    },
    /** After something was done here: whatever shows it is read again without waiting to be told. */
    changed(kinds: readonly Kind[]): void {
      for (const entry of entries.values())
        if (entry.options.of.some((kind) => kinds.includes(kind)) && entry.users > 0) void read(entry);
        else if (entry.options.of.some((kind) => kinds.includes(kind))) entry.outdated = true;
    },
    /** Somebody else may sign in next: nothing of what was read stays. */
    clear(): void {
      for (const entry of entries.values()) {
        clearTimer(entry.timer);
        clearTimer(entry.forget);
        entry.abort?.abort();
      }
      entries.clear();
    },
  };
}
export type Reads = ReturnType<typeof createReads>;
