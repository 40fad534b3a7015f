import { stat } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { RECORDS_FILE } from "./restore.ts";
import { SCHEMA_VERSION } from "./store.ts";

/** What there is to know of a database from outside, with an engine at work or without one. Nothing is changed. */
export interface Examination {
  kind: "sqlite" | "postgres";
  /** 0: no engine has used it yet. */
  schemaVersion: number;
  /** What this code writes; it runs on the next one, too. */
  known: number;
  /** What is wrong with it, in words; null: nothing was found. */
  damage: string | null;
  /** How far the database's clock is ahead of the one given, milliseconds: its server's, or that of whoever wrote the newest entry of the activity log. */
  clockAheadMs: number | null;
  masterKeyCheck: string | null;
  /** SQLite: of the database and of its write-ahead log. */
  bytes: number | null;
  walBytes: number | null;
  /** PostgreSQL: such as 18. */
  serverVersion: number | null;
}

/** @param now Unix milliseconds @returns null when there is no database yet @throws what keeps it from being opened */
export async function examineSqlite(directory: string, now: number): Promise<Examination | null> {
  const file = join(directory, RECORDS_FILE);
  const bytes = await sizeOf(file);
  if (bytes === null) return null;
  const db = new Database(file, { readonly: true, timeout: 5_000 });
  try {
    const found = db.prepare("pragma quick_check(3)").pluck().all();
    const damage = found.length === 1 && found[0] === "ok" ? null : found.join("; ");
    const hasTable = db.prepare("select count(*) from sqlite_master where name in ('meta', 'activity')").pluck().get() === 2;
    const meta = (key: string) => (hasTable ? db.prepare("select value from meta where key = ?").pluck().get(key) : undefined);
    const newest = hasTable ? db.prepare("select max(at) from activity").pluck().get() : null;
    const check = meta("masterKeyCheck");
    return {
      ...{ kind: "sqlite", known: SCHEMA_VERSION, damage, bytes, walBytes: await sizeOf(`${file}-wal`), serverVersion: null },
      schemaVersion: Number(meta("schemaVersion") ?? 0),
      clockAheadMs: typeof newest === "number" ? newest - now : null,
      masterKeyCheck: check === undefined ? null : String(check),
    };
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !/^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) throw error;
    const nothing = { schemaVersion: 0, clockAheadMs: null, masterKeyCheck: null, walBytes: null, serverVersion: null };
    return { kind: "sqlite", known: SCHEMA_VERSION, damage: error.message, bytes, ...nothing };
  } finally {
    db.close();
  }
}

/** @throws what keeps it from being reached */
export async function examinePostgres(url: string, now: () => number): Promise<Examination> {
  const client = new pg.Client({ connectionString: url, application_name: "runwright doctor", connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  client.on("error", () => {}); // the query under way fails with it
  try {
    await client.connect();
    const asked = now();
    const { rows } = await client.query<{ at: string; version: string }>(
      "select extract(epoch from clock_timestamp()) * 1000 as at, current_setting('server_version_num') as version",
    );
    const middle = (asked + now()) / 2;
    const { rows: tables } = await client.query("select from pg_tables where schemaname = 'public' and tablename = 'meta'");
    const meta = tables.length === 0 ? [] : (await client.query<{ key: string; value: string }>("select key, value from meta")).rows;
    const stored = (key: string) => meta.find((row) => row.key === key)?.value ?? null;
    return {
      ...{ kind: "postgres", known: SCHEMA_VERSION, damage: null, bytes: null, walBytes: null },
      schemaVersion: Number(stored("schemaVersion") ?? 0),
      clockAheadMs: Math.round(Number(rows[0]?.at) - middle),
      masterKeyCheck: stored("masterKeyCheck"),
      serverVersion: Math.floor(Number(rows[0]?.version) / 10_000),
    };
  } finally {
    await client.end().catch(() => {}); // the connection is gone already
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return null;
  }
}
