import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { RunwrightError } from "../../core/errors.ts";
import type { Dialect } from "../dialect.ts";
import { offerDirect } from "../direct.ts";
import type { Schema } from "../schema.ts";
import { createForOwner } from "./owner-file.ts";
import { snapshotSqlite } from "./snapshot.ts";
import { translateSqlite } from "./translate.ts";
import { createFlush, openWalSync } from "./wal-sync.ts";

const STATEMENTS_KEPT = 500;

/**
 * @param file path, or `:memory:` for a database that lives as long as the process
 * @throws DATABASE_DAMAGED when the file isn't a sound SQLite database
 */
export function openSqlite(file: string): Dialect {
  const memory = file === ":memory:";
  const writerDb = open(file);
  const writer = kysely(writerDb, { direct: !memory });
  // A reader of its own sees committed rows only, also while a group of writers is at work. In memory there is just one connection, and Kysely serializes its users.
  const readerDb = memory ? writerDb : open(file, { readonly: true });
  const reader = memory ? writer : kysely(readerDb, { direct: true });
  const log = memory ? null : openLog();
  const { flush, lost } = log ? createFlush(log.sync) : { flush: async () => {}, lost: () => undefined };
  function openLog(): ReturnType<typeof openWalSync> {
    try {
      return openWalSync(file);
    } catch (error) {
      readerDb.close();
      writerDb.close();
      throw translateSqlite(error, file);
    }
  }
  return {
    kind: "sqlite",
    types: { blob: "blob", counter: "integer" },
    writer,
    reader,
    lockMigrations: async () => {}, // the directory's lock keeps other engines out
    lockActivity: async () => {},
    lockGate: async () => {},
    lockPlans: async () => {},
    lockReboots: async () => {},
    lockEditions: async () => {}, // writers come one after the other
    shareEditions: async () => {},
    lockOffers: async () => {},
    shareOffers: async () => {},
    lockFigures: async () => {},
    lockRows: (query) => query,
    announce: async () => {}, // there is no other engine
    listen: () => () => {},
    announceChanges: async () => {},
    listenForChanges: () => () => {},
    skipLocked: (query) => query,
    maxParameters: 30_000,
    ...{ flush, lost },
    translate: (error) => translateSqlite(error, file),
    isTransient: () => false,
    snapshot: ({ to, signal }) => snapshotSqlite({ file, memory: memory ? writerDb : null, to, signal }),
    async stop() {
      if (!memory) await reader.destroy();
      await writer.destroy();
      // Kysely closes only what was used. The writer goes last: it empties the write-ahead log into the database.
      readerDb.close();
      writerDb.close();
      await flush().catch(() => {}); // who asked for it was told; until it has ended the descriptor is in use
      log?.close();
    },
  };
}

function open(file: string, { readonly = false } = {}): Database.Database {
  try {
    if (!readonly && file !== ":memory:") createForOwner(file);
    const db = new Database(file, { timeout: 5_000, readonly });
    if (!readonly) {
      db.pragma("journal_mode = WAL");
      db.pragma("synchronous = NORMAL"); // whoever answers for a commit waits for the disk itself (`flush`): what was answered survives a power cut
      db.pragma("foreign_keys = ON");
      db.pragma("journal_size_limit = 67108864");
      db.pragma("wal_autocheckpoint = 4000"); // 16 MB: each checkpoint syncs the database too
    }
    db.pragma("cache_size = -16000");
    if (!readonly && file !== ":memory:") checkWhole(db, file);
    return db;
  } catch (error) {
    throw translateSqlite(error, file);
  }
}

/**
 * SQLite reads pages beyond the end of a file that was cut short as zeros: only the page count in its header tells.
 * And the log begins anew: after a sync that has failed it may be whole in memory and have a hole on the disk, behind which nothing would be found after a power cut.
 */
function checkWhole(db: Database.Database, file: string): void {
  db.prepare("select count(*) from sqlite_master").get();
  const [{ busy } = { busy: 1 }] = db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
  if (busy !== 0) throw new RunwrightError("DATABASE_UNAVAILABLE", `${file} is being read by another program; end that one, then start again`);
  const expected = Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }));
  const { size } = statSync(file);
  if (size < expected) {
    throw new RunwrightError(
      "DATABASE_DAMAGED",
      `${file} is damaged (${size} bytes of ${expected} are there); keep a copy of the file, and restore the last backup`,
    );
  }
}

/** @param direct not where readers and writers share the connection: Kysely keeps them apart */
function kysely(db: Database.Database, { direct }: { direct: boolean }): Kysely<Schema> {
  const statements = new Map<string, Database.Statement>();
  // Kysely prepares anew for each query; parsing SQL would cost more than running it.
  function prepare(text: string): Database.Statement {
    let statement = statements.get(text);
    if (!statement) {
      if (statements.size >= STATEMENTS_KEPT) statements.clear();
      statement = db.prepare(text);
      statements.set(text, statement);
    }
    return statement;
  }
  const made = new Kysely<Schema>({ dialect: new SqliteDialect({ database: { close: () => {}, prepare } }) });
  if (direct) {
    offerDirect(made, (text, values) => {
      const statement = prepare(text);
      return statement.reader ? { rows: statement.all(values), changes: 0 } : { rows: [], changes: statement.run(values).changes };
    });
  }
  return made;
}
