import Database from "better-sqlite3";
import { RESTORE_NOTE } from "../meta-keys.ts";

/** Leaves a note in restored records of SQLite, which are one file afterwards as before. A restore of PostgreSQL does it by itself. */
export function noteRestore(file: string, note: string): void {
  const db = new Database(file, { fileMustExist: true });
  try {
    db.prepare("insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value").run(RESTORE_NOTE, note);
  } finally {
    db.close();
  }
}
