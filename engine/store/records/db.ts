import { CompiledQuery, type Kysely, type Transaction } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Notes } from "../notices.ts";
import type { Schema } from "../schema.ts";

/** What a file of records works with: the reader, or the transaction of a group of writers. */
export type Db = Kysely<Schema> | Transaction<Schema>;
export interface WriteParts extends Notes {
  db: Transaction<Schema>;
  dialect: Dialect;
}

/** Splits rows so that no statement binds more values than the database takes. */
export function* chunks<Row extends object>(rows: readonly Row[], maxParameters: number): Iterable<Row[]> {
  const width = Math.max(1, Object.keys(rows[0] ?? {}).length);
  const size = Math.max(1, Math.min(1_000, Math.floor(maxParameters / width)));
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

const inserts = new Map<string, string>();

/**
 * Inserts one row, as `db.insertInto(table).values(row)` does; its text is built once for each set of columns. For the tables that every job writes: building took
 * longer than the database does.
 * @param otherwise what happens when there is such a row, such as `on conflict ("id") do nothing`
 */
export async function insertRow<Table extends keyof Schema>(
  { db, dialect }: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  row: Schema[Table],
  otherwise = "",
): Promise<void> {
  const columns = Object.keys(row);
  const key = `${dialect.kind} ${table} ${columns.join(" ")} ${otherwise}`;
  let text = inserts.get(key);
  if (text === undefined) {
    const names = columns.map((column) => `"${column}"`).join(", ");
    const values = columns.map((_, i) => (dialect.kind === "postgres" ? `$${i + 1}` : "?")).join(", ");
    text = `insert into "${table}" (${names}) values (${values}) ${otherwise}`;
    inserts.set(key, text);
  }
  await db.executeQuery(CompiledQuery.raw(text, Object.values(row)));
}

export const parseJson = <T>(text: string): T => JSON.parse(text) as T;
export const parseJsonOrNull = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
