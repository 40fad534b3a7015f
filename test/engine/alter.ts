import { join } from "node:path";
import Database from "better-sqlite3";

/** Changes rows of an engine's SQLite file past the engine, as a failing disk or a person with a tool would. @returns how many rows it changed */
export function alter(directory: string, statement: string, ...values: unknown[]): number {
  const db = new Database(join(directory, "runwright.db"), { timeout: 5_000 });
  try {
    return db.prepare(statement).run(...values).changes;
  } finally {
    db.close();
  }
}
