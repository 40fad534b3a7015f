/** Which rows of a long list are seen, and drawn. All rows have one height, so this is arithmetic. */
export interface RowsInView {
  first: number;
  /** One after the last. */
  end: number;
}

/** Drawn beyond what is seen, above and below, so that scrolling finds them there. */
const BEYOND = 12;

/**
 * @param top pixels from the begin of the list to the upper edge of what is seen
 * @param beyond rows above and below that count as well
 */
export function rowsInView({
  count,
  rowHeight,
  top,
  height,
  beyond = BEYOND,
}: {
  count: number;
  rowHeight: number;
  top: number;
  height: number;
  beyond?: number;
}): RowsInView {
  const first = Math.max(0, Math.min(count, Math.floor(top / rowHeight) - beyond));
  const end = Math.max(first, Math.min(count, Math.ceil((top + height) / rowHeight) + beyond));
  return { first, end };
}

/** How many rows further down all stand that were in view; 0: they stay, or have moved apart, so that no scrolling would keep them in their places. */
export function rowsMovedBy(before: readonly string[], { first, end }: RowsInView, now: readonly string[]): number {
  const by = (at: number): number => now.indexOf(before[at] ?? "") - at;
  const moved = by(first);
  return moved + first >= 0 && moved === by(end - 1) ? moved : 0;
}

/** Where a key moves from a row; undefined: the key isn't for moving. */
export function rowAfterKey(key: string, at: number, count: number, page: number): number | undefined {
  const clamp = (row: number) => Math.max(0, Math.min(count - 1, row));
  switch (key) {
    case "ArrowDown":
    case "j":
      return clamp(at + 1);
    case "ArrowUp":
    case "k":
      return clamp(at - 1);
    case "PageDown":
      return clamp(at + page);
    case "PageUp":
      return clamp(at - page);
    case "Home":
      return clamp(0);
    case "End":
      return clamp(count - 1);
    default:
      return undefined;
  }
}
