interface SizedColumn {
  /** As in `grid-template-columns`, such as `110px` or `minmax(140px, 2fr)`. */
  width: string;
  rank?: 1 | 2 | 3;
}

/** The least pixels that a column needs. */
const leastOf = (width: string): number => Number(/(\d+(?:\.\d+)?)px/.exec(width)?.[1] ?? 0);

/** Leaves out columns until the others have room: the last one of the highest rank first. Those of rank 1 stay. @param gap pixels between two columns, and beside the outer ones */
export function columnsThatFit<Column extends SizedColumn>(columns: readonly Column[], { width, gap }: { width: number; gap: number }): Column[] {
  const kept = [...columns];
  const needed = () => kept.reduce((sum, column) => sum + leastOf(column.width) + gap, gap);
  for (const rank of [3, 2]) {
    for (let at = kept.length - 1; at >= 0 && needed() > width; at--) if (kept[at]?.rank === rank) kept.splice(at, 1);
  }
  return kept;
}
