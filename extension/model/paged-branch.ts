import type { Page } from "../../engine/protocol/http/shapes.ts";
import type { Branch } from "./branch.ts";
import type { Client, ListDoor, Query } from "./client/client.ts";
import type { Row } from "./row.ts";

export interface PagedParts<Item> {
  client(): Promise<Client | undefined>;
  door: ListDoor<Item>;
  /** Asked each time: filters change. */
  query?(): Query;
  keyOf(item: Item): string;
  rowOf(item: Item): Row;
  /**
   * `newestFirst`: only the head changes much, so reading again reads that; what was read before stays below it, where it still fits.
   * `byName`: anything may come or go anywhere, so all that was read is read again.
   */
  order: "newestFirst" | "byName";
  /** Items of a page; at most 500. */
  pageSize?: number;
}

export interface PagedBranch<Item> extends Branch {
  items(): readonly Item[];
  /** Takes an item that came another way, such as from the events socket, if it is shown. @returns whether it is */
  replace(item: Item): boolean;
}

const PAGE = 100;
const LARGEST_PAGE = 500;

/** A list of the HTTP API, read page by page as people ask for more. */
export function createPagedBranch<Item>({ client, door, query, keyOf, rowOf, order, pageSize = PAGE }: PagedParts<Item>): PagedBranch<Item> {
  let items: Item[] = [];
  let next: string | null = null;
  let isRead = false;
  /** One after the other: a page that is asked for while the list is read again belongs to what that finds. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn(act: () => Promise<void>): Promise<void> {
    const done = turn.then(act);
    turn = done.catch(() => {}); // told to whoever asked
    return done;
  }

  async function ask(cursor: string | undefined, limit: number): Promise<Page<Item> | undefined> {
    const engine = await client();
    return engine?.page(door, { cursor, limit, query: query?.() });
  }

  /** As many as were read before, in pages as large as the engine gives. */
  async function readAll(): Promise<Page<Item> | undefined> {
    const wanted = Math.max(pageSize, items.length);
    const found: Item[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await ask(cursor, Math.min(LARGEST_PAGE, wanted - found.length));
      if (!page) return undefined;
      found.push(...page.items);
      if (page.next === null || found.length >= wanted) return { items: found, next: page.next };
      cursor = page.next;
    }
  }

  async function readHead(): Promise<Page<Item> | undefined> {
    const page = await ask(undefined, pageSize);
    if (!page || page.next === null || items.length <= page.items.length) return page;
    const fresh = new Set(page.items.map(keyOf));
    const meeting = items.findLastIndex((item) => fresh.has(keyOf(item)));
    // More has come than one page holds: what lies between isn't known, so the list begins anew.
    if (meeting < 0) return page;
    return { items: [...page.items, ...items.slice(meeting + 1)], next };
  }

  return {
    read: () =>
      inTurn(async () => {
        const page = order === "newestFirst" && isRead ? await readHead() : await readAll();
        if (!page) return;
        items = page.items;
        next = page.next;
        isRead = true;
      }),
    readMore: () =>
      inTurn(async () => {
        if (next === null) return;
        const page = await ask(next, pageSize);
        if (!page) return;
        const known = new Set(items.map(keyOf));
        items = [...items, ...page.items.filter((item) => !known.has(keyOf(item)))];
        next = page.next;
      }),
    isPaged: true,
    rows: () => items.map(rowOf),
    items: () => items,
    isRead: () => isRead,
    hasMore: () => next !== null,
    replace(item) {
      const place = items.findIndex((one) => keyOf(one) === keyOf(item));
      if (place < 0) return false;
      items = items.with(place, item);
      return true;
    },
  };
}
