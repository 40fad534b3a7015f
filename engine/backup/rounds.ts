import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BackupDone } from "../core/backup.ts";
import { RunwrightError } from "../core/errors.ts";
import { type BackupManifest, shortFingerprint } from "../protocol/backup.ts";
import type { Backups } from "./backups.ts";
import { type BackupFile, checkBackupFile, explained, writeBackupFile } from "./file.ts";
import { isDraft, type Keeping, nameOf, removable } from "./names.ts";
import type { BackupKeys } from "./ports.ts";
import { type ProtectionFiles, readProtection } from "./protection.ts";
import { restoreBackup } from "./restore.ts";
import { refusalOf } from "./writable.ts";

export interface RoundsParts {
  backups: Pick<Backups, "make">;
  /** Where backups are kept; null: the operator has named no place. */
  folder: string | null;
  /** So many stay: of one day the newest at least. */
  keep: number;
  protection: ProtectionFiles;
  keys(): BackupKeys;
}

/** Backups that the engine makes by itself: each is restored into a scratch folder and compared before an older one is removed. */
export function createBackupRounds({ backups, folder, keep, protection, keys }: RoundsParts) {
  let refusal: string | undefined;
  let isLooking = false;

  async function look(path: string): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    refusal = await refusalOf(path);
    isLooking = false;
  }

  return {
    /** What the last look at the folder has found; looks anew, and waits for nothing: the folder may be on a disk that doesn't answer. */
    warnings(): string[] {
      if (folder !== null) void look(folder); // it throws nothing
      if (refusal === undefined) return [];
      return [
        `the engine can't write into its folder of backups, backupFolder (${refusal}): give it to the user that the engine runs as; under systemd the unit must name it, which \`runwright service install\` does when it is done again`,
      ];
    },
    /** @throws CONFIG_INVALID, CONFLICT, DATA_EXISTS, DISK_FULL, BACKUP_DAMAGED, TOOL_MISSING; whatever the signal was given */
    async run(signal: AbortSignal): Promise<BackupDone> {
      if (folder === null) throw new RunwrightError("CONFIG_INVALID", "the engine has no folder for backups: set backupFolder, best on another disk");
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
        throw explained(error, folder);
      });
      const how = await readProtection(protection, (path) => readFile(path, "utf8"));
      await using ready = await backups.make(signal);
      await removeLeft(folder); // no other backup is made now: whatever is half is nobody's
      const { createdAt } = ready.manifest;
      const name = nameOf(createdAt);
      const file = { path: join(folder, name), protection: how };
      const { bytes, manifest } = await writeBackupFile(file, aborting(ready.body(), signal));
      const restoredRows = await tryOut(file, manifest, { keys: keys(), scratch: ready.folder, signal }).catch(async (error) => {
        await rm(file.path, { force: true }); // what can't be restored is no backup
        throw error;
      });
      return {
        ...{ file: name, bytes, createdAt: Date.parse(createdAt), rows: sumOf(manifest), encrypted: how.kind !== "none" },
        ...{ restoredRows, masterKey: shortFingerprint(manifest.masterKey), removed: await removeOld(folder, { keep, made: name }) },
      };
    },
  };
}
export type BackupRounds = ReturnType<typeof createBackupRounds>;

/** A scratch copy that no engine starts with. */
const NOBODY = { at: 0, user: "", host: "" };

/** Restores it. @param scratch where that may lie in the clear: not beside the backups, which may be on a disk of others @returns rows that were found again; null for a database that isn't a file */
async function tryOut(
  file: BackupFile,
  { database }: BackupManifest,
  { keys, scratch, signal }: { keys: BackupKeys; scratch: string; signal: AbortSignal },
): Promise<number | null> {
  if (database.kind === "postgres") {
    await checkBackupFile(file, keys);
    return null;
  }
  const order = { file, keys, keyFile: null, directory: join(scratch, "restored"), existing: "refuse", database: null, by: NOBODY, signal } as const;
  const { manifest } = await restoreBackup(order);
  return sumOf(manifest); // the restore has counted what it found, and compared
}

/** What a crash has left in the middle. The folder is one engine's own. */
async function removeLeft(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (isDraft(name)) await rm(join(folder, name), { recursive: true, force: true });
}

const sumOf = ({ counts }: BackupManifest): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** @returns what was removed */
async function removeOld(folder: string, keeping: Keeping): Promise<string[]> {
  const old = removable(await readdir(folder), keeping);
  for (const name of old) await rm(join(folder, name), { force: true });
  return old;
}

async function* aborting(pieces: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}
