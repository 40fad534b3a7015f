import Database from "better-sqlite3";
import { RunwrightError } from "../../core/errors.ts";

/** SQLite's own errors as ones of the catalogue; others as they are. */
export function translateSqlite(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  if (error.code === "SQLITE_FULL" || error.code.startsWith("SQLITE_IOERR_WRITE")) {
    return new RunwrightError("DISK_FULL", `no space is left for ${file}; free some and try again: nothing that was answered is lost`, { cause: error });
  }
  if (error.code.startsWith("SQLITE_CORRUPT") || error.code === "SQLITE_NOTADB") {
    return new RunwrightError(
      "DATABASE_DAMAGED",
      `${file} is damaged (${error.message}); stop the engine, keep a copy of the file, and restore the last backup`,
      { cause: error },
    );
  }
  if (error.code.startsWith("SQLITE_BUSY") || error.code.startsWith("SQLITE_LOCKED")) {
    return new RunwrightError("DATABASE_UNAVAILABLE", `${file} is in use by another program (${error.message})`, { cause: error });
  }
  if (error.code.startsWith("SQLITE_IOERR") || error.code.startsWith("SQLITE_CANTOPEN") || error.code.startsWith("SQLITE_READONLY")) {
    return new RunwrightError(
      "DATABASE_UNAVAILABLE",
      `${file} can't be read or written (${error.code}: ${error.message}); check the disk and the permissions of its folder`,
      { cause: error },
    );
  }
  return error;
}
