import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { RunwrightError } from "../core/errors.ts";
import type { BackupManifest, BackupPart } from "../protocol/backup.ts";
import { readBody } from "./body.ts";
import { type Protection, unwrapped, wrapped } from "./envelope.ts";
import type { BackupKeys } from "./ports.ts";

export interface WrittenBackup {
  path: string;
  /** Of the file. */
  bytes: number;
  manifest: BackupManifest;
}

export interface BackupFile {
  path: string;
  protection: Protection;
}

/**
 * Writes a backup: under a temporary name, to disk, read back and checked, then renamed. A failure leaves nothing behind, and never touches a file that is there.
 * @throws DATA_EXISTS when there is such a file, DISK_FULL, BACKUP_DAMAGED when what comes isn't whole
 */
export async function writeBackupFile({ path, protection }: BackupFile, body: AsyncIterable<Uint8Array>): Promise<WrittenBackup> {
  await requireFree(path);
  const draft = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await writeWhole(draft, wrapped(body, protection));
    const manifest = await checkBackupFile({ path: draft, protection }, null);
    await place(draft, path);
    return { path, bytes: (await stat(path)).size, manifest };
  } catch (error) {
    throw explained(error, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Reads all of a backup and compares it with what it says of itself. @param keys proves where it comes from; null: that isn't known afterwards */
export async function checkBackupFile(file: BackupFile, keys: BackupKeys | null): Promise<BackupManifest> {
  return await readBackupFile(file, {
    async begin(manifest, isProven) {
      if (keys) requireProof(manifest, isProven, keys);
    },
    async take(_part: BackupPart, bytes) {
      for await (const _ of bytes); // measured on its way
    },
  });
}

export const readBackupFile = ({ path, protection }: BackupFile, sink: Parameters<typeof readBody>[1]): Promise<BackupManifest> =>
  readBody(unwrapped(createReadStream(path, { highWaterMark: 256 * 1024 }), protection), sink);

/** @throws MASTER_KEY_WRONG when the master key is another one, BACKUP_DAMAGED when it is the right one and hasn't signed this */
export function requireProof(manifest: BackupManifest, isProven: (keys: BackupKeys) => boolean, keys: BackupKeys): void {
  if (keys.fingerprint !== manifest.masterKey) {
    const [needed, given] = [manifest.masterKey, keys.fingerprint].map((one) => one.slice(0, 16));
    throw new RunwrightError(
      "MASTER_KEY_WRONG",
      `the backup needs the master key with the fingerprint ${needed}, and this one has ${given}; give the key of the engine that was backed up`,
    );
  }
  if (!isProven(keys)) throw new RunwrightError("BACKUP_DAMAGED", "the backup was altered: its manifest isn't what the engine with this master key wrote");
}

async function requireFree(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new RunwrightError("DATA_EXISTS", `${path} is there already; name another file, or remove it first`);
}

async function writeWhole(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const piece of pieces) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file of that name that has come meanwhile stays. */
async function place(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new RunwrightError("DATA_EXISTS", `${path} has appeared in the meantime; name another file`, { cause: error });
    await rename(draft, path); // file systems without hard links, such as exFAT
  }
  await syncFolder(dirname(path));
}

/** The name itself survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // folders can't be opened there
  const folder = await open(path, "r");
  await folder.sync().finally(() => folder.close());
}

/** What the file system says, in words of the catalogue. */
export function explained(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
    return new RunwrightError("DISK_FULL", `no space is left for ${path}; nothing of it was kept`, { cause: error });
  if (code === "ENOENT" || code === "ENOTDIR") return new RunwrightError("NOT_FOUND", `${dirname(path)} isn't a folder; make it first`, { cause: error });
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return new RunwrightError("PERMISSION_DENIED", `${path} can't be written (${code})`, { cause: error });
  return error;
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
