import { randomBytes } from "node:crypto";
import { createWriteStream, statfsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { RunwrightError } from "../core/errors.ts";
import { type BackupManifest, type BackupPart, type PartName, SEALED_PARTS } from "../protocol/backup.ts";
import type { RestoreNote } from "../protocol/restore-note.ts";
import { lockDirectory, noteRestore, RECORDS_FILE, requireSameRecords, restorePostgres } from "../store/restore.ts";
import { SCHEMA_VERSION } from "../store/store.ts";
import { type BackupFile, readBackupFile, requireProof, syncFolder } from "./file.ts";
import { furnish, lookAt } from "./place.ts";
import type { BackupKeys } from "./ports.ts";
import { swap } from "./swap.ts";

/** Where each part goes. The settings of the machine that was backed up name its own addresses and paths: they lie beside, for people to compare. */
const PLACES: Readonly<Record<PartName, string>> = {
  records: RECORDS_FILE,
  "engine.id": "engine.id",
  "config.yaml": "config.yaml.restored",
  "tls.key": "tls.key",
  "tls.crt": "tls.crt",
};
const SPARE_BYTES = 32 * 1024 * 1024;

export interface RestoreOrder {
  file: BackupFile;
  keys: BackupKeys;
  /** The file of the master key, where the engine shall find it in the data directory from now on; null: it finds it by itself. */
  keyFile: string | null;
  /** The data directory, absolute. */
  directory: string;
  /** What becomes of what is there: `refuse`, or keep it beside, under a name that ends so. */
  existing: "refuse" | { keepAs: string };
  /** For a backup of PostgreSQL: the database to restore into. */
  database: { url: string; programs: string } | null;
  /** Who restores, and when: for the activity log. */
  by: Pick<RestoreNote, "at" | "user" | "sudoUser" | "host">;
  signal: AbortSignal;
}

export interface Restored {
  manifest: BackupManifest;
  /** Where the old data directory lies now; null: there was none. */
  movedTo: string | null;
}

/**
 * Restores a backup into a folder beside the data directory, checks all of it, and puts it into place by renaming. A failure leaves everything as it was.
 * @throws DATA_EXISTS, MASTER_KEY_WRONG, BACKUP_*, DATABASE_NEWER, DATABASE_LOCKED, DISK_FULL, CONFIG_INVALID when the database to restore into is missing
 */
export async function restoreBackup(order: RestoreOrder): Promise<Restored> {
  const { file, keys, keyFile, existing, database, by, signal } = order;
  const place = await lookAt(order.directory);
  const { directory, old, isOccupied } = place;
  if (isOccupied && existing === "refuse")
    throw new RunwrightError("DATA_EXISTS", `${directory} holds data already; name another --data, or keep it aside with --replace (nothing was changed)`);
  // Held past the swap: an engine that starts meanwhile is refused, and finds what was restored when it tries again.
  const lock = old ? lockDirectory(directory) : { release() {} };
  const staging = join(dirname(directory), `.${basename(directory)}.restore-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await mkdir(staging, { mode: 0o700 });
    const manifest = await readBackupFile(file, {
      async begin(given, isProven) {
        requireProof(given, isProven, keys);
        requireKnown(given, database !== null);
        requireSpace(given, staging);
      },
      take: (part, bytes) => takePart(part, bytes, { staging, keys, signal }),
    });
    const { schemaVersion, kind } = manifest.database;
    const note = JSON.stringify(noteOf(manifest, { ...by, file: basename(file.path) }));
    if (kind === "sqlite") {
      await requireSameRecords(join(staging, RECORDS_FILE), { schemaVersion, counts: manifest.counts, masterKeyCheck: manifest.masterKey }, signal);
      noteRestore(join(staging, RECORDS_FILE), note);
    }
    await furnish(staging, place, keyFile);
    if (kind === "postgres" && database) {
      const dump = join(staging, RECORDS_FILE);
      await restorePostgres({ file: dump, counts: manifest.counts, existing, note, ...database, signal });
      await rm(dump);
    }
    await syncFolder(staging);
    if (process.platform === "win32") lock.release(); // a directory with an open file can't be renamed there
    return { manifest, movedTo: await swap(staging, place, existing === "refuse" ? "before" : existing.keepAs) };
  } catch (error) {
    throw explained(error, directory);
  } finally {
    lock.release();
    await rm(staging, { recursive: true, force: true });
  }
}

function noteOf({ createdAt, engineVersion, database, parts, counts }: BackupManifest, by: RestoreOrder["by"] & { file: string }): RestoreNote {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ...by, createdAt, engineVersion, schemaVersion: database.schemaVersion, rows, records: parts.find(({ name }) => name === "records")?.sha256 ?? "" };
}

/** @throws DATABASE_NEWER, CONFIG_INVALID */
function requireKnown({ database: { schemaVersion, kind } }: BackupManifest, hasDatabase: boolean): void {
  if (schemaVersion > SCHEMA_VERSION + 1)
    throw new RunwrightError(
      "DATABASE_NEWER",
      `the backup has schema version ${schemaVersion}, and this Runwright knows ${SCHEMA_VERSION}; restore it with the version that made it, or a newer one`,
    );
  if (kind === "postgres" && !hasDatabase)
    throw new RunwrightError("CONFIG_INVALID", "the backup is of a PostgreSQL database: name an empty one in RUNWRIGHT_DATABASE, or with --database");
  if (kind === "sqlite" && hasDatabase)
    throw new RunwrightError("CONFIG_INVALID", "the backup is of a SQLite database, which can't be restored into PostgreSQL; leave the database out");
}

function requireSpace({ parts }: BackupManifest, folder: string): void {
  const needed = parts.reduce((sum, { bytes }) => sum + bytes, SPARE_BYTES);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed)
    throw new RunwrightError("DISK_FULL", `the backup takes ${needed} bytes, and ${dirname(folder)} has ${bavail * bsize} left; free some space`);
}

async function takePart(
  { name, bytes: length }: BackupPart,
  bytes: AsyncIterable<Uint8Array>,
  { staging, keys, signal }: { staging: string; keys: BackupKeys; signal: AbortSignal },
) {
  const path = join(staging, PLACES[name]);
  if (!SEALED_PARTS.includes(name)) return await pipeline(bytes, createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }), { signal });
  const sealed = Buffer.concat(await Array.fromAsync(bytes), length);
  const content = keys.open(sealed, name);
  if (content === undefined) throw new RunwrightError("BACKUP_DAMAGED", `the backup was altered: "${name}" isn't what the engine with this master key sealed`);
  await writeFile(path, content, { flag: "wx", mode: 0o600, flush: true });
}

function explained(error: unknown, directory: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return new RunwrightError("DISK_FULL", `no space is left to restore into ${directory}; nothing was changed`, { cause: error });
  if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR")
    return new RunwrightError("DATA_EXISTS", `${directory} has come to be in the meantime; it was left as it is`, { cause: error });
  if (code === "EBUSY")
    return new RunwrightError("CONFIG_INVALID", `${directory} is in use as a whole and can't be put aside: name a folder in it with --data`, { cause: error });
  return error;
}
