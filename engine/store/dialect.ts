import type { ColumnDataType, Kysely, SelectQueryBuilder, Transaction } from "kysely";
import type { ChangeKind } from "../core/change.ts";
import type { Notice } from "./notices.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot, SnapshotRequest } from "./snapshot.ts";

/** Types of columns that the databases call differently. */
export interface DialectTypes {
  blob: ColumnDataType;
  /** A number that the database gives itself, from 1. */
  counter: ColumnDataType;
}

/** What differs between SQLite and PostgreSQL. Nothing outside `store/` asks which one it is. */
export interface Dialect {
  kind: "sqlite" | "postgres";
  types: DialectTypes;
  /** Writes go through this one: groups one after the other, and beside them what takes long. */
  writer: Kysely<Schema>;
  /** Sees committed rows only. */
  reader: Kysely<Schema>;
  /** One engine migrates at a time. */
  lockMigrations(tx: Transaction<Schema>): Promise<void>;
  /** One engine appends to the activity log at a time, until the transaction ends. */
  lockActivity(tx: Transaction<Schema>): Promise<void>;
  /** One engine decides at a time which jobs of a concurrency key may go, until the transaction ends. */
  lockGate(tx: Transaction<Schema>): Promise<void>;
  /** One engine plans or applies documents at a time, until the transaction ends. */
  lockPlans(tx: Transaction<Schema>): Promise<void>;
  /** One engine decides at a time which machines may reboot, until the transaction ends. */
  lockReboots(tx: Transaction<Schema>): Promise<void>;
  /** One engine decides at a time which editions of vulnerability data count, until the transaction ends; not while others rely on them. */
  lockEditions(tx: Transaction<Schema>): Promise<void>;
  /** Nobody decides so until the transaction ends. */
  shareEditions(tx: Transaction<Schema>): Promise<void>;
  /** One engine forgets offers at a time, until the transaction ends; not while others pack sets that name offers. */
  lockOffers(tx: Transaction<Schema>): Promise<void>;
  /** Nobody forgets offers until the transaction ends. */
  shareOffers(tx: Transaction<Schema>): Promise<void>;
  /** One engine writes figures of a day at a time, until the transaction ends. */
  lockFigures(tx: Transaction<Schema>): Promise<void>;
  /** Nobody else changes these rows until the transaction ends: what was read stays true. */
  lockRows<Table extends keyof Schema, Row>(query: SelectQueryBuilder<Schema, Table, Row>): SelectQueryBuilder<Schema, Table, Row>;
  /** Tells the other engines of this database, after the commit. */
  announce(tx: Transaction<Schema>, notice: Notice): Promise<void>;
  /** Tells the other engines of this database which kinds of records have changed, after the commit. */
  announceChanges(tx: Transaction<Schema>, kinds: readonly ChangeKind[]): Promise<void>;
  /** Calls `listener` when another engine has told so, and with all kinds when something may have been missed. @returns ends the listening */
  listenForChanges(listener: (kinds: readonly ChangeKind[]) => void): () => void;
  /**
   * Calls `listener` when another engine has told something, and each second with `everything`, as notices get lost.
   * @returns ends the listening
   */
  listen(listener: (notice: Notice) => void): () => void;
  /** Rows that another engine holds are passed over. */
  skipLocked<Table extends keyof Schema, Row>(query: SelectQueryBuilder<Schema, Table, Row>): SelectQueryBuilder<Schema, Table, Row>;
  /** Most bound values in one statement, for inserts of many rows. */
  maxParameters: number;
  /**
   * Resolves when all that was committed before this call survives a power cut. Others may see it earlier, and write more; nobody is told of a success before.
   * @throws what the disk said; then no later call succeeds
   */
  flush(): Promise<void>;
  /** Why nothing can be made durable any more; undefined while it can. What can be read then may be what nobody was told of, and mayn't outlast a power cut. */
  lost(): unknown;
  /** Turns a driver's error into one of the catalogue, or returns it as it is. */
  translate(error: unknown): unknown;
  /** Whether the same transaction may simply be run again: a deadlock or a serialization failure. */
  isTransient(error: unknown): boolean;
  /** Copies all records as of one moment to a file, while others write. */
  snapshot(request: SnapshotRequest): Promise<Snapshot>;
  stop(): Promise<void>;
}
