import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";

/** What a restore tells the engine that starts with the restored records. It lies among them: nothing about it is believed before it was parsed here. */
export const RestoreNote = Type.Object({
  /** When it was restored, Unix milliseconds. */
  at: Type.Integer({ minimum: 0 }),
  /** Of the operating system. */
  user: Type.String({ maxLength: 256 }),
  /** Who has become that user by sudo, as it says. */
  sudoUser: Type.Optional(Type.String({ maxLength: 256 })),
  host: Type.String({ maxLength: 256 }),
  /** The name of the backup's file. */
  file: Type.String({ maxLength: 1_024 }),
  /** The moment that the backup is of, ISO 8601. */
  createdAt: Type.String({ maxLength: 64 }),
  /** SHA-256 of its records: one backup's alone; the entry of a backup names it, too. */
  records: Type.String({ maxLength: 64 }),
  engineVersion: Type.String({ maxLength: 100 }),
  schemaVersion: Type.Integer({ minimum: 0 }),
  rows: Type.Integer({ minimum: 0 }),
});
export type RestoreNote = Static<typeof RestoreNote>;

const notes = Compile(RestoreNote);

/** @returns undefined when it is none */
export function parseRestoreNote(text: string): RestoreNote | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return notes.Check(given) ? given : undefined;
  } catch {
    return undefined; // not even JSON
  }
}
