import { type CompiledQuery, type Kysely, sql, type Transaction } from "kysely";
import type { Dialect } from "../dialect.ts";
import { execute } from "../direct.ts";
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

/** Splits a list for `in`, so that no statement binds more values than the databases take. */
export function* parts<T>(list: readonly T[], size = 5_000): Iterable<T[]> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}

/** Statements whose text depends on nothing but their columns: building them anew took longer than the database does. */
const texts = new Map<string, string>();
function textOf(key: string, build: () => string): string {
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = build();
  texts.set(key, text);
  return text;
}

const mark = (dialect: Pick<Dialect, "kind">, index: number): string => (dialect.kind === "postgres" ? `$${index + 1}` : "?");

/**
 * Inserts one row, as `db.insertInto(table).values(row)` does, for the tables that every job writes.
 * @param otherwise what happens when there is such a row, such as `on conflict ("id") do nothing`
 * @returns whether it was inserted or has changed one that was there
 */
export async function insertRow<Table extends keyof Schema>(
  { db, dialect }: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  row: Schema[Table],
  otherwise = "",
): Promise<boolean> {
  const columns = Object.keys(row);
  const text = textOf(`insert ${dialect.kind} ${table} ${columns.join(" ")} ${otherwise}`, () => {
    const names = columns.map((column) => `"${column}"`).join(", ");
    return `insert into "${table}" (${names}) values (${columns.map((_, i) => mark(dialect, i)).join(", ")}) ${otherwise}`;
  });
  return (await execute(db, text, Object.values(row))).changes > 0;
}

/** Rows in one statement of SQLite: few sizes, so that the text of each is known. */
const SQLITE_ROWS = [64, 32, 16, 8, 4, 2, 1] as const;

/** SQLite takes a statement whose text it knows in less time than building one for just as many rows takes. */
async function insertKnown<Table extends keyof Schema>(
  { db, dialect }: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  rows: readonly (Schema[Table] & object)[],
  otherwise: string,
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const names = columns.map((column) => `"${column}"`).join(", ");
  const one = `(${columns.map(() => "?").join(", ")})`;
  for (let from = 0; from < rows.length; ) {
    const many = SQLITE_ROWS.find((size) => size <= rows.length - from) ?? 1;
    const text = textOf(
      `insert ${many} ${dialect.kind} ${table} ${names} ${otherwise}`,
      () => `insert into "${table}" (${names}) values ${Array(many).fill(one).join(", ")} ${otherwise}`,
    );
    const values: unknown[] = [];
    for (const row of rows.slice(from, from + many)) for (const column of columns) values.push(row[column as keyof typeof row]);
    await execute(db, text, values);
    from += many;
  }
}

/** Inserts rows, which have the same members, with few statements. */
export async function insertRows<Table extends keyof Schema>(
  by: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  rows: readonly (Schema[Table] & object)[],
): Promise<void> {
  if (by.dialect.kind === "sqlite") await insertKnown(by, table, rows, "");
  else
    for (const chunk of chunks(rows, by.dialect.maxParameters))
      await by.db
        .insertInto(table)
        .values(chunk as never)
        .execute();
}

/** Inserts rows, each in the place of the one with the same key. They have the same members. */
export async function putRows<Table extends keyof Schema>(
  by: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  rows: readonly (Schema[Table] & object)[],
  key: readonly (keyof Schema[Table] & string)[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !key.some((one) => one === column));
  const quoted = (names: readonly string[], text: (name: string) => string) => names.map(text).join(", ");
  const otherwise = `on conflict (${quoted(key, (name) => `"${name}"`)}) do update set ${quoted(columns, (name) => `"${name}" = excluded."${name}"`)}`;
  if (by.dialect.kind === "sqlite") await insertKnown(by, table, rows, otherwise);
  else
    for (const chunk of chunks(rows, by.dialect.maxParameters))
      await by.db
        .insertInto(table)
        .values(chunk as never)
        .onConflict((conflict) => conflict.columns(key as never).doUpdateSet(excluded(columns) as never))
        .execute();
}

const excluded = (columns: readonly string[]) => Object.fromEntries(columns.map((column) => [column, sql`${sql.ref(`excluded.${column}`)}`]));

/** Changes the row that has this id, as `db.updateTable(table).set(fields).where("id", "=", id)` does. */
export async function updateRow<Table extends "jobs">(
  { db, dialect }: Pick<WriteParts, "db" | "dialect">,
  table: Table,
  id: string,
  fields: Partial<Schema[Table]>,
): Promise<void> {
  const columns = Object.keys(fields);
  const text = textOf(`update ${dialect.kind} ${table} ${columns.join(" ")}`, () => {
    const changes = columns.map((column, i) => `"${column}" = ${mark(dialect, i)}`).join(", ");
    return `update "${table}" set ${changes} where "id" = ${mark(dialect, columns.length)}`;
  });
  await execute(db, text, [...Object.values(fields), id]);
}

interface Text {
  sql: string;
  /** In the order of the text: which argument, or a constant. */
  values: readonly ({ argument: number } | { constant: unknown })[];
}

/** What a reader or a group of writers offers to a query: who writes may lock rows. */
export type Asker = Pick<WriteParts, "dialect"> & { db: Db };

/**
 * A query that is built once for each database and asked with other values from then on, for those that every request or job asks.
 * @param build from marks in place of the arguments, so it can't look at them: each argument is a value that is bound
 */
export function prepared<Arguments extends readonly unknown[], Row>(build: (db: Db, ...args: Arguments) => { compile(): CompiledQuery<Row> }) {
  const ask = preparedFor<{ db: Db }, Arguments, Row>(({ db }, ...args) => build(db, ...args));
  return (db: Db, ...args: Arguments): Promise<Row[]> => ask({ db }, ...args);
}

/** The same for a query that also needs the dialect, to lock what it finds. */
export function preparedFor<By extends { db: Db }, Arguments extends readonly unknown[], Row>(
  build: (by: By, ...args: Arguments) => { compile(): CompiledQuery<Row> },
): (by: By, ...args: Arguments) => Promise<Row[]> {
  const known = new WeakMap<object, Text>();
  return async (by, ...args) => {
    const { adapter } = by.db.getExecutor();
    let text = known.get(adapter);
    if (text === undefined) {
      const marks = new Map<unknown, number>(args.map((_, i) => [Symbol(`argument ${i}`), i]));
      const { sql, parameters } = build(by, ...([...marks.keys()] as readonly unknown[] as Arguments)).compile();
      const values = parameters.map((parameter) => {
        const argument = marks.get(parameter);
        return argument === undefined ? { constant: parameter } : { argument };
      });
      text = { sql, values };
      known.set(adapter, text);
    }
    const values = text.values.map((value) => ("argument" in value ? args[value.argument] : value.constant));
    return (await execute(by.db, text.sql, values)).rows as Row[];
  };
}

/**
 * The same for a query about a list of values, which isn't empty (`in`). The list is filled up with its last one to the next power of two, so that there are few texts.
 * @param build gets marks of the list first
 */
export function preparedFew<T, Arguments extends readonly unknown[], Row>(
  build: (db: Db, list: readonly T[], ...args: Arguments) => { compile(): CompiledQuery<Row> },
) {
  const bySize = new Map<number, (db: Db, ...all: readonly unknown[]) => Promise<Row[]>>();
  return (db: Db, list: readonly T[], ...args: Arguments): Promise<Row[]> => {
    const size = 2 ** Math.ceil(Math.log2(list.length));
    let ask = bySize.get(size);
    if (ask === undefined) {
      ask = prepared((db, ...all: readonly unknown[]) =>
        build(db, all.slice(0, size) as readonly T[], ...(all.slice(size) as readonly unknown[] as Arguments)),
      );
      bySize.set(size, ask);
    }
    return ask(db, ...list, ...Array<T | undefined>(size - list.length).fill(list.at(-1)), ...args);
  };
}

export const parseJson = <T>(text: string): T => JSON.parse(text) as T;
export const parseJsonOrNull = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
