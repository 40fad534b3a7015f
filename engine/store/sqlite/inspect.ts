import Database from "better-sqlite3";
import { RunwrightError } from "../../core/errors.ts";
import type { RecordsSummary } from "../snapshot.ts";

/**
 * Reads a database file that nobody writes to, all of it.
 * @throws DATABASE_DAMAGED when SQLite's own check finds something, or it isn't a database
 */
export function inspectSqlite(file: string): RecordsSummary {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    checkIntegrity(db, file);
    return summaryOf(db);
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw new RunwrightError("DATABASE_DAMAGED", `${file} isn't a sound database (${cause.message})`, { cause });
  } finally {
    db.close();
  }
}

/** @throws DATABASE_DAMAGED */
export function checkIntegrity(db: Database.Database, file: string): void {
  const found = db.prepare("pragma integrity_check(3)").pluck().all();
  if (found.length !== 1 || found[0] !== "ok") throw new RunwrightError("DATABASE_DAMAGED", `${file} is damaged: ${found.join("; ")}`);
}

/** What a connection sees: within a transaction all of one moment. */
export function summaryOf(db: Database.Database): RecordsSummary {
  const tables = db.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!' order by name").pluck().all();
  const count = (table: unknown) =>
    Number(
      db
        .prepare(`select count(*) from "${String(table).replaceAll('"', '""')}"`)
        .pluck()
        .get(),
    );
  const meta = (key: string) => (tables.includes("meta") ? db.prepare("select value from meta where key = ?").pluck().get(key) : undefined);
  const check = meta("masterKeyCheck");
  return {
    schemaVersion: Number(meta("schemaVersion") ?? 0),
    counts: Object.fromEntries(tables.map((table) => [String(table), count(table)])),
    masterKeyCheck: check === undefined ? null : String(check),
  };
}
