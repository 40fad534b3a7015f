import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupDone } from "../core/backup.ts";
import { RunwrightError } from "../core/errors.ts";
import { type BackupManifest, shortFingerprint } from "../protocol/backup.ts";
import type { Backups } from "./backups.ts";
import { type BackupFile, checkBackupFile, writeBackupFile } from "./file.ts";
import type { BackupKeys } from "./ports.ts";
import { type ProtectionFiles, readProtection } from "./protection.ts";
import { restoreBackup } from "./restore.ts";

export interface RoundsParts {
  backups: Pick<Backups, "make">;
  /** Where backups are kept; null: the operator has named no place. */
  folder: string | null;
  /** So many of the newest ones stay. */
  keep: number;
  protection: ProtectionFiles;
  keys(): BackupKeys;
}

const NAME = /^runwright-\d{8}T\d{9}Z\.backup$/;
const DRAFT = /^runwright-\d{8}T\d{9}Z\.backup\.[0-9a-f]+\.part$/;
const SCRATCH = ".runwright-scratch-";

/** Backups that the engine makes by itself: each is restored into a scratch folder and compared before an older one is removed. */
export function createBackupRounds({ backups, folder, keep, protection, keys }: RoundsParts) {
  return {
    /** @throws CONFIG_INVALID, CONFLICT, DATA_EXISTS, DISK_FULL, BACKUP_DAMAGED, TOOL_MISSING; whatever the signal was given */
    async run(signal: AbortSignal): Promise<BackupDone> {
      if (folder === null) throw new RunwrightError("CONFIG_INVALID", "the engine has no folder for backups: set backupFolder, best on another disk");
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await removeLeft(folder);
      const how = await readProtection(protection, (path) => readFile(path, "utf8"));
      await using ready = await backups.make(signal);
      const { createdAt } = ready.manifest;
      const name = `runwright-${createdAt.replace(/[-:.]/g, "")}.backup`;
      const file = { path: join(folder, name), protection: how };
      const { bytes, manifest } = await writeBackupFile(file, aborting(ready.body(), signal));
      const restoredRows = await tryOut(file, manifest, { keys: keys(), folder, signal }).catch(async (error) => {
        await rm(file.path, { force: true }); // what can't be restored is no backup
        throw error;
      });
      return {
        ...{ file: name, bytes, createdAt: Date.parse(createdAt), rows: sumOf(manifest), encrypted: how.kind !== "none" },
        ...{ restoredRows, masterKey: shortFingerprint(manifest.masterKey), removed: await removeOld(folder, keep) },
      };
    },
  };
}
export type BackupRounds = ReturnType<typeof createBackupRounds>;

/** Restores it into a folder that goes afterwards. @returns rows that were found again; null for a database that isn't a file */
async function tryOut(
  file: BackupFile,
  { database }: BackupManifest,
  { keys, folder, signal }: { keys: BackupKeys; folder: string; signal: AbortSignal },
): Promise<number | null> {
  if (database.kind === "postgres") {
    await checkBackupFile(file, keys);
    return null;
  }
  const scratch = join(folder, `${SCRATCH}${randomBytes(6).toString("hex")}`);
  try {
    const { manifest } = await restoreBackup({ file, keys, directory: join(scratch, "data"), existing: "refuse", database: null, signal });
    return sumOf(manifest); // the restore has counted what it found, and compared
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What a crash has left in the middle. The folder is one engine's own. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(SCRATCH) || DRAFT.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}

const sumOf = ({ counts }: BackupManifest): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Names tell their time, so the oldest come first. Nothing is touched that doesn't bear such a name. @returns what was removed */
async function removeOld(folder: string, keep: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const old = names.slice(0, Math.max(0, names.length - keep));
  for (const name of old) await rm(join(folder, name), { force: true });
  return old;
}

async function* aborting(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}
