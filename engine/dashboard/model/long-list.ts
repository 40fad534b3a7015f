import { batch, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Engine, Query } from "./engine.ts";
import type { Kind, Live } from "./live.ts";
import { type Problem, toProblem } from "./problem.ts";

/** One page of a list as the engine gives it. */
interface Page<Row> {
  items: Row[];
  next: string | null;
}

export interface LongList<Row> {
  rows: ReadonlySignal<readonly Row[]>;
  /** There is more than is here. */
  hasMore: ReadonlySignal<boolean>;
  problem: ReadonlySignal<Problem | undefined>;
  /** The first rows were never there yet. */
  isFirst: ReadonlySignal<boolean>;
  /** A newest-first list has got new rows at its top that aren't shown yet, so that nothing moves under the reader's eyes. */
  waiting: ReadonlySignal<number>;
  /** Rows in view, so that these are kept current. */
  show(first: number, last: number): void;
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

/**
 * A list that may be long: pages come as they are scrolled to, and those in view are read again when something has changed. A page is known by the cursor that it was read with, so reading one again costs the engine
 * one page, not all before it.
 */
export function createLongList<Row>(parts: LongListParts<Row>): LongList<Row> {
  const { engine, path, query, idOf, pageSize, most, order, isVisible, setTimer, clearTimer } = parts;
  const rows = signal<readonly Row[]>([]);
  const hasMore = signal(true);
  const problem = signal<Problem | undefined>(undefined);
  const isFirst = signal(true);
  const waiting = signal(0);
  const abort = new AbortController();
  let pages: Page<Row>[] = [];
  let cursors: (string | null)[] = [];
  let unseen: Row[] = [];
  let shown = { first: 0, last: 0 };
  let loading = false;
  let timer: unknown;
  let outdated = false;

  const total = (): number => pages.reduce((sum, page) => sum + page.items.length, 0);
  function publish(): void {
    batch(() => {
      rows.value = pages.flatMap((page) => page.items);
      hasMore.value = pages.at(-1)?.next !== null;
      waiting.value = unseen.length;
      isFirst.value = false;
      problem.value = undefined;
    });
  }

  const fetchPage = (cursor: string | null): Promise<Page<Row>> => engine.get(path, { query: { ...query, limit: pageSize, cursor }, signal: abort.signal });

  async function working(work: () => Promise<void>): Promise<void> {
    if (loading || abort.signal.aborted) return;
    loading = true;
    try {
      await work();
    } catch (error) {
      if (abort.signal.aborted) return;
      batch(() => {
        problem.value = toProblem(error);
        isFirst.value = false;
      });
      outdated = true;
      wake(RETRY_MS);
    } finally {
      loading = false;
    }
    if (!abort.signal.aborted && problem.value === undefined) more();
  }

  /** Asks for the next page when the reader comes near the end of what is here. */
  function more(): void {
    const cursor = pages.at(-1)?.next;
    if (cursor === undefined || cursor === null || total() >= most || shown.last + AHEAD < total()) return;
    void working(async () => {
      const page = await fetchPage(cursor);
      cursors.push(cursor);
      pages.push(page);
      publish();
    });
  }

  const first = (): Promise<void> =>
    working(async () => {
      const page = await fetchPage(null);
      pages = [page];
      cursors = [null];
      unseen = [];
      publish();
    });

  /** Pages of which a row is in view, again. */
  async function refresh(): Promise<void> {
    outdated = false;
    if (pages.length === 0) return first();
    await working(async () => {
      if (order === "growing") return grow();
      let start = 0;
      for (const [index, page] of pages.entries()) {
        const end = start + page.items.length;
        if (end >= shown.first && start <= shown.last) {
          const again = await fetchPage(cursors[index] ?? null);
          // A page that ends elsewhere now would leave a gap before the next one: what follows is read as it is scrolled to.
          if (again.next !== page.next) {
            pages = [...pages.slice(0, index), again];
            cursors = cursors.slice(0, index + 1);
          } else pages[index] = again;
        }
        start = end;
      }
      publish();
    });
  }

  /** New rows wait at the top unless the top is in view; rows that are there are replaced where they stand. */
  async function grow(): Promise<void> {
    const page = await fetchPage(null);
    const known = new Set(pages.flatMap((one) => one.items.map(idOf)));
    const fresh = page.items.filter((row) => !known.has(idOf(row)));
    const newer = new Map(page.items.map((row) => [idOf(row), row]));
    if (fresh.length === page.items.length && page.next !== null) {
      // More has happened than fits on a page: it begins anew when the reader is at the top, and waits otherwise.
      if (shown.first === 0) {
        pages = [page];
        cursors = [null];
        unseen = [];
      } else unseen = fresh;
      return publish();
    }
    pages = pages.map((one) => ({ ...one, items: one.items.map((row) => newer.get(idOf(row)) ?? row) }));
    unseen = fresh;
    if (shown.first === 0) insertUnseen();
    publish();
  }

  function insertUnseen(): void {
    const [top] = pages;
    if (top) pages[0] = { ...top, items: [...unseen, ...top.items] };
    unseen = [];
  }

  function wake(ms: number): void {
    if (timer !== undefined) return;
    timer = setTimer(() => {
      timer = undefined;
      if (outdated && isVisible()) void refresh();
      else if (outdated) wake(EVERY_MS);
    }, ms);
  }

  const endListening = parts.live.onChange((kinds) => {
    if (!parts.of.some((kind) => kinds.has(kind))) return;
    outdated = true;
    wake(EVERY_MS);
  });
  void first();

  return {
    rows,
    hasMore,
    problem,
    isFirst,
    waiting,
    show(from, last) {
      shown = { first: from, last };
      more();
    },
    takeWaiting() {
      insertUnseen();
      publish();
    },
    again: () => void (pages.length === 0 ? first() : refresh()),
    stop() {
      abort.abort();
      clearTimer(timer);
      endListening();
    },
  };
}
