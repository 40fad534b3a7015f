import type { ColumnDataType, Kysely, SelectQueryBuilder, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** What differs between SQLite and PostgreSQL. Nothing outside `store/` asks which one it is. */
export interface Dialect {
  kind: "sqlite" | "postgres";
  types: { blob: ColumnDataType };
  /** Writes go through this one, one transaction at a time. */
  writer: Kysely<Schema>;
  /** Sees committed rows only. */
  reader: Kysely<Schema>;
  /** One engine migrates at a time. */
  lockMigrations(tx: Transaction<Schema>): Promise<void>;
  /** One engine appends to the activity log at a time, until the transaction ends. */
  lockActivity(tx: Transaction<Schema>): Promise<void>;
  /** One engine decides at a time which jobs of a concurrency key may go, until the transaction ends. */
  lockGate(tx: Transaction<Schema>): Promise<void>;
  /** Nobody else changes these rows until the transaction ends: what was read stays true. */
  lockRows<Q extends SelectQueryBuilder<Schema, "jobs", object>>(query: Q): Q;
  /** Tells the other engines of this database, after the commit, that there is something in the queue. */
  announce(tx: Transaction<Schema>): Promise<void>;
  /** Calls `listener` when another engine has announced something. A lost connection is made again; meanwhile nothing is heard. */
  listen(listener: () => void): void;
  /** Rows that another engine holds are passed over. */
  skipLocked<Q extends SelectQueryBuilder<Schema, "jobs", object>>(query: Q): Q;
  /** Most bound values in one statement, for inserts of many rows. */
  maxParameters: number;
  /** Turns a driver's error into one of the catalogue, or returns it as it is. */
  translate(error: unknown): unknown;
  /** Whether the same transaction may simply be run again: a deadlock or a serialization failure. */
  isTransient(error: unknown): boolean;
  stop(): Promise<void>;
}
