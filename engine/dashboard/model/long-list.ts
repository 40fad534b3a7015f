import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import { type Engine, type Query, withQuery } from "./engine.ts";
import type { Kind, Live } from "./live.ts";
import { type Problem, toProblem } from "./problem.ts";

/** One page of a list as the engine gives it. */
interface Page<Row> {
  items: Row[];
  next: string | null;
}

export interface LongList<Row> {
  /** What it is a list of: path and query. */
  address: string;
  rows: ReadonlySignal<readonly Row[]>;
  /** There is more than is here. */
  hasMore: ReadonlySignal<boolean>;
  problem: ReadonlySignal<Problem | undefined>;
  /** The first rows were never there yet. */
  isFirst: ReadonlySignal<boolean>;
  /** A newest-first list has got new rows at its top that aren't shown yet, so that nothing moves under the reader's eyes. */
  waiting: ReadonlySignal<number>;
  /** More wait than were counted. */
  hasMoreWaiting: ReadonlySignal<boolean>;
  /** Rows in view are kept current, and those ahead of them read; also rows that aren't here yet may be asked for so. */
  show(first: number, end: number): void;
  /** From now on new rows wait while this says that they'd move what the reader looks at, points at or has the focus on. */
  holdWhile(isHeld: () => boolean): void;
  /** Shows what waits at the top. */
  takeWaiting(): void;
  again(): void;
  stop(): void;
}

export interface LongListParts<Row> {
  engine: Pick<Engine, "get">;
  live: Pick<Live, "onChange">;
  path: string;
  query: Query;
  /** By which a row is known when it is read again. */
  idOf(row: Row): string;
  of: readonly Kind[];
  /** Rows that are asked for at once, at most what the engine allows. */
  pageSize: number;
  /** The most rows that are held; whoever wants more narrows the list. */
  most: number;
  /** `growing`: newest first, new rows come at the top. `named`: rows keep their places. */
  order: "growing" | "named";
  isVisible(): boolean;
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

/** However much changes, rows in view are read again this seldom. */
const EVERY_MS = 2_000;
const RETRY_MS = 5_000;
/** This many rows before the end, the next page is asked for. */
const AHEAD = 300;
/** So many pages of new rows are looked through for the place where those that are here go on; when more has come, the list begins anew instead. */
const MOST_NEW_PAGES = 10;

interface Held<Row> {
  id: string;
  row: Row;
  /** How many changes had been heard of when it was read. */
  asOf: number;
  /** With which cursor the engine goes on after it, where that is known. */
  cursor: string | undefined;
}

/**
 * A list that may be long: pages come as they are scrolled to, and those in view are read again when something has changed. A cursor stands for a place in the engine's order, so reading again costs the engine what is in view,
 * not all before it.
 *
 * Invariant: what is held is one run of the engine's rows, each once, from the top on. What was read again is joined where its last row is met; where it isn't met the rest is let go, and read as it is scrolled to.
 */
export function createLongList<Row>(parts: LongListParts<Row>): LongList<Row> {
  const { engine, path, query, idOf, pageSize, most, order, isVisible, setTimer, clearTimer } = parts;
  const rows = signal<readonly Row[]>([]);
  const hasMore = signal(true);
  const problem = signal<Problem | undefined>(undefined);
  const isFirst = signal(true);
  const waiting = signal(0);
  const hasMoreWaiting = signal(false);
  const abort = new AbortController();
  let held: Held<Row>[] = [];
  /** So many of them wait at the top. */
  let hidden = 0;
  /** So many are known to be newer than those, and aren't held: between them and what is held others are missing. */
  let beyondGap = 0;
  /** Where the engine goes on after what is held. */
  let next: string | null = null;
  let isAnew = true;
  let view = { first: 0, end: 0 };
  let isHeld = (): boolean => false;
  let isBusy = false;
  let timer: unknown;
  let changes = 0;
  /** How many changes had been heard of when the list was last looked through. */
  let asOf = 0;

  function publish(): void {
    batch(() => {
      rows.value = held.slice(hidden).map(({ row }) => row);
      hasMore.value = next !== null;
      waiting.value = hidden + beyondGap;
      hasMoreWaiting.value = beyondGap > 0;
      isFirst.value = false;
      problem.value = undefined;
    });
  }

  /** Reads from a cursor on, page by page, until it is enough or there are no more. */
  async function read(
    from: string | null,
    isEnough: (found: readonly Held<Row>[], pages: number) => boolean,
  ): Promise<{ found: Held<Row>[]; goesOn: string | null }> {
    const found: Held<Row>[] = [];
    let cursor = from;
    let pages = 0;
    do {
      const heard = changes;
      const page: Page<Row> = await engine.get(path, { query: { ...query, limit: pageSize, cursor }, signal: abort.signal });
      for (const row of page.items) found.push({ id: idOf(row), row, asOf: heard, cursor: undefined });
      cursor = page.next;
      pages += 1;
      const last = found.at(-1);
      if (last) last.cursor = cursor ?? undefined;
    } while (cursor !== null && !isEnough(found, pages));
    return { found, goesOn: cursor };
  }

  const placeOf = (row: Held<Row> | undefined): number => held.findIndex(({ id }) => id === row?.id);

  /** Puts what was read in the place of what is held from there on. A row that stood elsewhere stands where it was read last. */
  function join(from: number, { found, goesOn }: { found: Held<Row>[]; goesOn: string | null }): void {
    const met = goesOn === null ? -1 : placeOf(found.at(-1));
    const to = met < from ? held.length : met + 1;
    const again = new Set(found.map(({ id }) => id));
    const stays = ({ id }: Held<Row>) => !again.has(id);
    if (to === held.length) next = goesOn;
    held = [...held.slice(0, from).filter(stays), ...found, ...held.slice(to).filter(stays)];
  }

  async function working(work: () => Promise<void>): Promise<void> {
    if (isBusy || abort.signal.aborted) return;
    isBusy = true;
    try {
      await work();
      if (!abort.signal.aborted) publish();
    } catch (error) {
      if (abort.signal.aborted) return;
      batch(() => {
        problem.value = toProblem(error);
        isFirst.value = false;
      });
      wake(RETRY_MS);
    } finally {
      isBusy = false;
    }
    if (abort.signal.aborted || problem.value !== undefined) return;
    if (isAnew) return void working(refresh);
    if (isOutdated()) wake(EVERY_MS);
    more();
  }

  /** Asks for the next page when the reader comes near the end of what is here. */
  function more(): void {
    if (isAnew || next === null || held.length >= most || hidden + view.end + AHEAD < held.length) return;
    void working(async () => join(held.length, await read(next, () => true)));
  }

  async function begin(): Promise<void> {
    const first = await read(null, () => true);
    held = first.found;
    next = first.goesOn;
    hidden = 0;
    beyondGap = 0;
    isAnew = false;
  }

  /** What has changed, as far as it is in view or comes at the top. */
  async function refresh(): Promise<void> {
    const heard = changes;
    if (isAnew || held.length === 0 || (beyondGap > 0 && !isHeld())) await begin();
    else {
      if (order === "growing" && beyondGap === 0) await grow();
      const stale = staleInView();
      if (stale) join(stale.from, await read(stale.cursor, (found) => stale.from + found.length >= stale.end));
    }
    asOf = heard;
  }

  /** Reads the top again. New rows wait there while the reader holds the list; what was shown stays shown, as it is now, and goes when it isn't listed any more. */
  async function grow(): Promise<void> {
    const known = new Set(held.map(({ id }) => id));
    const top = await read(null, (found, pages) => {
      const fresh = found.findIndex(({ id }) => known.has(id));
      if (fresh === -1) return pages >= MOST_NEW_PAGES;
      return known.has(found.at(-1)?.id ?? "") || found.length - fresh >= Math.min(held.length, hidden + view.end);
    });
    if (top.goesOn !== null && !top.found.some(({ id }) => known.has(id))) {
      if (isHeld()) beyondGap = top.found.length;
      else await begin();
      return;
    }
    const shown = new Set(held.slice(hidden).map(({ id }) => id));
    join(0, top);
    hidden = isHeld()
      ? Math.max(
          0,
          held.findIndex(({ id }) => shown.has(id)),
        )
      : 0;
  }

  /** From where rows in view are to be read again; undefined: they are as the engine last gave them, or stand before any cursor that is known. */
  function staleInView(): { from: number; cursor: string | null; end: number } | undefined {
    const at = Math.max(0, Math.min(hidden + view.first, held.length - 1));
    const end = Math.min(held.length, Math.max(at + 1, hidden + view.end));
    if (held.slice(at, end).every((one) => one.asOf === changes)) return undefined;
    for (let from = at; from > 0; from -= 1) {
      const cursor = held[from - 1]?.cursor;
      if (cursor !== undefined) return { from, cursor, end };
    }
    // The engine's first page isn't the first that is held when others are missing between.
    return beyondGap > 0 ? undefined : { from: 0, cursor: null, end };
  }

  const isOutdated = (): boolean => isAnew || asOf < changes || staleInView() !== undefined;

  function wake(ms: number): void {
    if (timer !== undefined || abort.signal.aborted) return;
    timer = setTimer(() => {
      timer = undefined;
      if (!isVisible()) wake(EVERY_MS);
      else if (isOutdated()) void working(refresh);
      else more();
    }, ms);
  }

  const endListening = parts.live.onChange((kinds) => {
    if (!parts.of.some((kind) => kinds.has(kind))) return;
    changes += 1;
    wake(EVERY_MS);
  });
  void working(refresh);

  return {
    address: withQuery(path, query),
    rows,
    hasMore,
    problem,
    isFirst,
    waiting,
    hasMoreWaiting,
    show(first, end) {
      view = { first, end };
      if (!isBusy && isOutdated()) wake(EVERY_MS);
      more();
    },
    holdWhile(says) {
      isHeld = says;
    },
    takeWaiting() {
      if (beyondGap > 0) {
        isAnew = true;
        void working(refresh);
        return;
      }
      hidden = 0;
      publish();
    },
    again: () => void working(refresh),
    stop() {
      abort.abort();
      clearTimer(timer);
      endListening();
    },
  };
}
