import type { Row } from "./row.ts";

/** What lies below a row, or at the root of a tree. */
export interface Branch {
  /** Reads it, again if it was read before. @throws what a client throws */
  read(): Promise<void>;
  rows(): readonly Row[];
  isRead(): boolean;
  /** Whether there is more at the engine than was read. */
  hasMore(): boolean;
  readMore(): Promise<void>;
  /** What was read page by page is kept when it is read again. */
  isPaged?: true;
}

/** Rows that are read in one go. @param load undefined: there was nobody to ask, so what was known stays */
export function wholeBranch(load: () => Promise<readonly Row[] | undefined>): Branch {
  let rows: readonly Row[] | undefined;
  return {
    async read() {
      rows = (await load()) ?? rows;
    },
    rows: () => rows ?? [],
    isRead: () => rows !== undefined,
    hasMore: () => false,
    readMore: async () => {},
  };
}

/** Rows of what was read with something else. */
export const shownBranch = (rows: () => readonly Row[]): Branch => ({
  read: async () => {},
  rows,
  isRead: () => true,
  hasMore: () => false,
  readMore: async () => {},
});
