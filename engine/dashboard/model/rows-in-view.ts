/** Which rows of a long list are drawn. All rows have one height, so this is arithmetic. */
export interface RowsInView {
  first: number;
  /** One after the last. */
  end: number;
}

/** Drawn beyond what is seen, above and below, so that scrolling finds them there. */
const BEYOND = 12;

/** @param top pixels from the begin of the list to the upper edge of what is seen */
export function rowsInView({ count, rowHeight, top, height }: { count: number; rowHeight: number; top: number; height: number }): RowsInView {
  const first = Math.max(0, Math.min(count, Math.floor(top / rowHeight) - BEYOND));
  const end = Math.max(first, Math.min(count, Math.ceil((top + height) / rowHeight) + BEYOND));
  return { first, end };
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
