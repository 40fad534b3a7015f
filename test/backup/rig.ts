import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupKeysOf } from "../../engine/access/backup-keys.ts";
import { checkOf, masterKeyOf } from "../../engine/access/master-key.ts";
import { createBackups } from "../../engine/backup/backups.ts";
import type { Protection } from "../../engine/backup/envelope.ts";
import { writeBackupFile } from "../../engine/backup/file.ts";
import { restoreBackup } from "../../engine/backup/restore.ts";
import { openStore } from "../../engine/store/store.ts";
import { testClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

export const masterKey = masterKeyOf(Buffer.alloc(32, 7));
export const keys = backupKeysOf(masterKey);
export const otherKeys = backupKeysOf(masterKeyOf(Buffer.alloc(32, 8)));
export const none: Protection = { kind: "none" };
export const passphrase: Protection = { kind: "passphrase", passphrase: "correct horse battery staple" };
export const key: Protection = { kind: "key", key: Buffer.alloc(32, 3) };

/** A store in a data directory as an engine leaves it, and what makes backups of it. */
export async function backupRig() {
  const home = await temporaryDirectory();
  const data = join(home.path, "data");
  await mkdir(data, { mode: 0o700 });
  const store = await openStore(`sqlite:${data}`);
  await store.write((tx) => tx.meta.set("masterKeyCheck", checkOf(masterKey)));
  await writeFile(join(data, "engine.id"), "eng_1\n");
  await writeFile(join(data, "config.yaml"), "port: 4999\n");
  await writeFile(join(data, "tls.key"), "-----BEGIN PRIVATE KEY-----\n");
  const work = join(data, "backup-work");
  const backups = createBackups({ store, clock: testClock(), data, work, programs: String(process.env.PATH), version: "1.2.3", keys: () => keys });
  let files = 0;
  const at = (name: string) => join(home.path, name);

  return {
    store,
    backups,
    data,
    at,
    /** Names in a folder, that of all files without one. */
    names: async (folder = home.path) => (await readdir(folder)).sort(),
    /** Stores so many rows; of no meaning. */
    fill: (rows: number) =>
      store.write((tx) =>
        tx.streams.append(
          `job_${++files}`,
          Array.from({ length: rows }, (_, i) => ({ seq: i + 1, at: 0, kind: "output" as const, value: randomBytes(150).toString("hex") })),
        ),
      ),
    async backup(protection: Protection = none, signal = new AbortController().signal) {
      await using ready = await backups.make(signal);
      return await writeBackupFile({ path: at(`${++files}.backup`), protection }, ready.body());
    },
    restore: (path: string, more: Partial<Parameters<typeof restoreBackup>[0]> = {}) =>
      restoreBackup({
        ...{ file: { path, protection: none }, keys, keyFile: null, directory: at("restored"), existing: "refuse", database: null },
        by: { at: Date.parse("2026-01-16T08:00:00Z"), user: "ada", host: "rack-1" },
        signal: new AbortController().signal,
        ...more,
      }),
    /** A copy of a file, changed. */
    async altered(path: string, change: (bytes: Buffer) => Buffer): Promise<string> {
      const copy = at(`${++files}.altered`);
      await writeFile(copy, change(await readFile(path)));
      return copy;
    },
    async [Symbol.asyncDispose]() {
      await store.stop();
      await home.remove();
    },
  };
}
export type BackupRig = Awaited<ReturnType<typeof backupRig>>;
