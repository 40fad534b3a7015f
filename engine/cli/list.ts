import type { Context } from "./command.ts";
import { type Column, clean, type Terminal, table } from "./terminal.ts";

export interface Listing<Item> {
  json: boolean;
  /** Ends after so many. */
  most?: number;
  /** What to say when there is nothing. */
  empty: string;
  columns: readonly Column<Item>[];
}

/** Shows a list as a table, or as one JSON array. */
export async function listed<Item>(
  { terminal }: Context,
  items: AsyncIterable<Item> | Iterable<Item>,
  { json, most = Number.POSITIVE_INFINITY, empty, columns }: Listing<Item>,
): Promise<void> {
  const all: Item[] = [];
  for await (const item of items) {
    if (all.length >= most) break;
    all.push(item);
  }
  if (json) return terminal.printJson(all);
  if (all.length === 0) return terminal.note(empty);
  for (const line of table(terminal, all, columns)) terminal.print(line);
}

/** A table after an empty line, if there is anything in it. */
export function showTable<Row>(terminal: Terminal, rows: readonly Row[], columns: readonly Column<Row>[]): void {
  if (rows.length === 0) return;
  terminal.print("");
  for (const line of table(terminal, rows, columns)) terminal.print(line);
}

/** Names and values, aligned; empty ones are left out. */
export function showFields(terminal: Terminal, fields: readonly (readonly [string, string])[]): void {
  const shown = fields.filter(([, value]) => value !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  // Further lines stay in their column: what guest code wrote must not look like another field.
  const lines = (value: string) => clean(value).replaceAll("\n", `\n${" ".repeat(width + 2)}`);
  for (const [name, value] of shown) terminal.print(`${terminal.colour("gray", name.padEnd(width))}  ${lines(value)}`);
}
