import { CompiledQuery, type Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Runs one statement where the transaction is, or for the reader, at once. @throws the driver's error */
export type Direct = (text: string, values: readonly unknown[]) => { rows: unknown[]; changes: number };

/**
 * The shorter way to a database that answers at once and has one connection, for statements whose text is known: what every job asks and writes. Kysely's own way costs
 * more than SQLite does. By the adapter, which a database shares with its transactions.
 */
const ways = new WeakMap<object, Direct>();

export const offerDirect = (db: Kysely<Schema>, direct: Direct): void => void ways.set(db.getExecutor().adapter, direct);

/** @returns what it found, and how many rows it has changed */
export async function execute(db: Kysely<Schema>, text: string, values: readonly unknown[] = []): Promise<{ rows: unknown[]; changes: number }> {
  const direct = ways.get(db.getExecutor().adapter);
  if (direct && !isOver(db)) return direct(text, values);
  const { rows, numAffectedRows } = await db.executeQuery(CompiledQuery.raw(text, [...values]));
  return { rows, changes: Number(numAffectedRows ?? 0n) };
}

/** Kysely refuses what comes after a transaction's end: the connection has another one by then. */
const isOver = (db: Kysely<Schema>): boolean => ("isCommitted" in db && db.isCommitted === true) || ("isRolledBack" in db && db.isRolledBack === true);
