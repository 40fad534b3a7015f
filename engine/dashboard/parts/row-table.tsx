import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { columnsThatFit } from "../model/columns-that-fit.ts";
import { rowAfterKey, rowsInView, rowsMovedBy } from "../model/rows-in-view.ts";
import { countText } from "../model/words.ts";
import { follow } from "./link.tsx";
import { usePage } from "./page-context.ts";
import { SlowNote } from "./read.tsx";
import { keepScrollPlace, scrollPlace } from "./scroll-place.ts";

export interface Column<Row> {
  name: string;
  /** As in `grid-template-columns`, such as `minmax(140px, 2fr)`. */
  width: string;
  number?: boolean;
  /** Where there is no room for all, those of rank 3 leave first, then those of rank 2. 1 without it: stays on the narrowest screen. */
  rank?: 1 | 2 | 3;
  cell(row: Row): ComponentChildren;
}

export interface RowTableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  idOf(row: Row): string;
  /** Where a row leads; undefined: nowhere. */
  linkOf?(row: Row): string | undefined;
  /** Instead of a link: what happens when a row is chosen. */
  onChoose?(row: Row): void;
  /** Id of the row that is shown beside the table. */
  chosen?: string;
  /** By what its scroll place is kept; the label without it. */
  place?: string;
  /** Called with the rows in view, for lists that are read page by page. `isHeld`: whether rows that come in at the top now would move what the reader looks at, presses on or has the focus on. */
  onShow?(first: number, last: number, isHeld: () => boolean): void;
  /** How many rows there are in all, where that is known and more than are here. */
  total?: number;
  hasMore?: boolean;
  /** New rows that wait at the top. */
  waiting?: number;
  /** More wait than were counted. */
  hasMoreWaiting?: boolean;
  onTakeWaiting?(): void;
  isLoading?: boolean;
  empty: ComponentChildren;
  foot?: ComponentChildren;
  /** Pixels below the table that the page needs for itself. */
  below?: number;
  rowHeight?: number;
}

const ROW = 32;
const MOST_PRINTED = 1_000;
/** Between columns, as in styles/parts.css. */
const GAP = 12;

/**
 * Rows of one height, of which only those in view are drawn. One row has the focus: arrow keys, Page Up and Down, Home and End move it, Enter follows it. For a screen reader it is a table with all its rows counted.
 */
export function RowTable<Row>(props: RowTableProps<Row>) {
  const {
    label,
    place = label,
    rows,
    columns,
    idOf,
    linkOf,
    onChoose,
    onShow,
    total = rows.length,
    hasMore = false,
    waiting = 0,
    isLoading = false,
    below = 110,
    rowHeight = ROW,
  } = props;
  const { location } = usePage();
  const scroll = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 800, width: 1_200 });
  /** Id of the row that had the focus last: rows come and go above it. */
  const [active, setActive] = useState<string>();
  /** Where the reader was before, until enough rows are here to be there again. */
  const [wanted, setWanted] = useState(() => scrollPlace(place));
  const isPressed = useRef(false);
  const before = useRef({ ids: [] as readonly string[], seen: { first: 0, end: 0 } });
  const [isPrinting, setPrinting] = useState(false);

  const look = () => {
    const element = scroll.current;
    if (!element) return;
    const { scrollTop, clientHeight, clientWidth } = element;
    const { top, height, width } = view.value;
    if (scrollTop !== top || clientHeight !== height || clientWidth !== width) view.value = { top: scrollTop, height: clientHeight, width: clientWidth };
  };
  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element) return;
    look();
    const onScroll = () => {
      look();
      keepScrollPlace(place, element.scrollTop);
      setWanted(0); // whoever scrolls meanwhile wants to be elsewhere
    };
    const release = () => {
      isPressed.current = false;
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      removeEventListener("pointerup", release);
      removeEventListener("pointercancel", release);
      observer.disconnect();
    };
  }, [place]);
  useEffect(() => {
    const begin = () => setPrinting(true);
    const end = () => setPrinting(false);
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);

  const { top, height, width } = view.value;
  const count = rows.length;
  const ids = useMemo(() => rows.map(idOf), [rows]);
  const { first, end } = isPrinting ? { first: 0, end: Math.min(count, MOST_PRINTED) } : rowsInView({ count, rowHeight, top, height });
  const seen = isPrinting
    ? { first, end }
    : rowsInView({ count: wanted > 0 ? Number.POSITIVE_INFINITY : count, rowHeight, top: wanted || top, height, beyond: 0 });
  // Rows that come in are what somebody who watches the top waits for; to whoever is about to click or press Enter they would put another row in the place of the one that is meant.
  const isHeld = () => {
    const element = scroll.current;
    return wanted > 0 || isPressed.current || (element !== null && (element.scrollTop > 0 || element.contains(document.activeElement)));
  };
  useEffect(() => onShow?.(seen.first, seen.end, isHeld), [seen.first, seen.end, count, wanted]);

  useLayoutEffect(() => {
    const element = scroll.current;
    if (!element || wanted === 0 || count === 0 || (hasMore && count * rowHeight < wanted + element.clientHeight)) return;
    element.scrollTop = wanted;
    setWanted(0);
    look();
  }, [wanted, count, hasMore]);
  useLayoutEffect(() => {
    const element = scroll.current;
    const moved = rowsMovedBy(before.current.ids, before.current.seen, ids);
    if (element && element.scrollTop > 0 && moved !== 0) {
      element.scrollTop += moved * rowHeight;
      look();
    }
  }, [ids]);
  useLayoutEffect(() => {
    before.current = { ids, seen };
  });
  // A browser gives the focus to nobody when the row that has it is taken away, and the next key would begin at the top of the page.
  const hadFocus = scroll.current?.contains(document.activeElement) === true;
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) scroll.current?.focus({ preventScroll: true });
  });

  const shown = columnsThatFit(columns, { width, gap: GAP });
  const template = shown.map((column) => column.width).join(" ");

  const reach = (row: number) => {
    setActive(ids[row]);
    const element = scroll.current;
    if (!element) return;
    if (row * rowHeight < element.scrollTop) element.scrollTop = row * rowHeight;
    else if ((row + 1) * rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = (row + 1) * rowHeight - element.clientHeight;
    requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus({ preventScroll: true }));
  };
  const choose = (row: Row) => {
    const link = linkOf?.(row);
    if (link !== undefined) location.go(link);
    else onChoose?.(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { target } = event;
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const isRow = target.dataset.row !== undefined;
    if (!isRow && target !== scroll.current) return;
    const at = isRow ? Number(target.dataset.row) : seen.first;
    const row = rows[at];
    if (isRow && (event.key === "Enter" || event.key === " ") && row !== undefined && (onChoose || linkOf)) {
      event.preventDefault();
      choose(row);
      return;
    }
    const next = rowAfterKey(event.key, at, count, Math.max(1, Math.floor(height / rowHeight) - 1));
    if (next === undefined) return;
    event.preventDefault();
    reach(next);
  };

  const drawnActive = active === undefined ? -1 : ids.slice(first, end).indexOf(active);
  const focusable = drawnActive === -1 ? Math.min(seen.first, Math.max(first, end - 1)) : first + drawnActive;
  return (
    <div class="table" style={{ "--columns": template, "--row": `${rowHeight}px` }}>
      {waiting > 0 && (
        <button
          type="button"
          class="button main waiting"
          onClick={() => {
            props.onTakeWaiting?.();
            if (scroll.current) scroll.current.scrollTop = 0;
          }}
        >
          {countText(waiting)}
          {props.hasMoreWaiting ? "+" : ""} new
        </button>
      )}
      <div role="table" aria-label={label} aria-rowcount={hasMore && total <= count ? -1 : total + 1}>
        <div role="rowgroup">
          <div class="head" role="row" aria-rowindex={1}>
            {shown.map(({ name, number }) => (
              <span key={name} role="columnheader" class={number ? "number" : ""}>
                {name}
              </span>
            ))}
          </div>
        </div>
        <div
          ref={scroll}
          class="scroll"
          tabIndex={-1}
          role="rowgroup"
          style={
            isPrinting || (count === 0 && !isLoading)
              ? {}
              : { height: `min(max(${Math.max(count, isLoading ? 8 : 3) * rowHeight}px, 96px), max(240px, calc(100dvh - ${below + 160}px)))` }
          }
          onKeyDown={onKeyDown}
          onPointerDown={({ target, currentTarget }) => {
            isPressed.current = target !== currentTarget; // of a scroll bar's release a browser doesn't tell
          }}
        >
          {count === 0 ? (
            isLoading ? (
              <OutlineRows rowHeight={rowHeight} />
            ) : (
              <div role="row">
                <div role="cell">{props.empty}</div>
              </div>
            )
          ) : (
            <div class="body" role="presentation" style={{ height: `${(isPrinting ? end : count) * rowHeight}px` }}>
              {rows.slice(first, end).map((row, offset) => {
                const at = first + offset;
                const link = linkOf?.(row);
                return (
                  <div
                    key={ids[at]}
                    class="row"
                    role="row"
                    aria-rowindex={at + 2}
                    data-row={at}
                    aria-current={props.chosen !== undefined && ids[at] === props.chosen ? "true" : undefined}
                    data-link={link !== undefined || onChoose ? "" : undefined}
                    tabIndex={at === focusable ? 0 : -1}
                    style={{ top: `${at * rowHeight}px` }}
                    onFocus={() => setActive(ids[at])}
                    onClick={(event) => {
                      if (event.target instanceof Element && event.target.closest("a,button,input")) return;
                      if (getSelection()?.toString()) return; // the reader copies text
                      if (link !== undefined || onChoose) follow(event, () => choose(row));
                    }}
                  >
                    {shown.map(({ name, number, cell }) => (
                      <span key={name} role="cell" class={`cell ${number ? "number" : ""}`}>
                        {cell(row)}
                      </span>
                    ))}
                  </div>
                );
              })}
            </div>
          )}
        </div>
      </div>
      <div class="count">
        <span>
          {isPrinting && count > MOST_PRINTED ? `1 to ${countText(MOST_PRINTED)} of ` : ""}
          {countText(Math.max(total, count))}
          {hasMore && total <= count ? "+" : ""}
          {count < total ? `, ${countText(count)} of them here` : ""}
        </span>
        {props.foot}
      </div>
    </div>
  );
}

function OutlineRows({ rowHeight }: { rowHeight: number }) {
  return (
    <div role="row" aria-busy="true">
      <div role="cell">
        <span class="hidden-text">Loading</span>
        {Array.from({ length: 7 }, (_, line) => (
          <div key={line} style={{ height: `${rowHeight}px`, padding: "11px 12px" }}>
            <div class="skeleton" style={{ width: `${88 - ((line * 29) % 50)}%` }} />
          </div>
        ))}
        <div style={{ height: `${rowHeight}px`, padding: "7px 12px" }}>
          <SlowNote />
        </div>
      </div>
    </div>
  );
}
