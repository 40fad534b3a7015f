import { stat } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { backupKeysOf } from "../access/backup-keys.ts";
import { type MasterKeySource, readMasterKey } from "../access/master-key.ts";
import { finishCutOff } from "../backup/cut-off.ts";
import { checkBackupFile } from "../backup/file.ts";
import type { BackupKeys } from "../backup/ports.ts";
import { restoreBackup } from "../backup/restore.ts";
import { dataDirectory, loadConfig } from "../config.ts";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import { shortFingerprint } from "../protocol/backup.ts";
import { type ProtectionOptions, protectionOf, withProtection } from "./backup-protection.ts";
import { finishedWords, rowsIn } from "./backup-words.ts";
import type { Context } from "./command.ts";

interface RestoreOptions extends ProtectionOptions {
  data?: string;
  masterKeyFile?: string;
  database?: string;
  check?: boolean;
  replace?: boolean;
  json?: boolean;
}

export function addRestore(program: Command, context: Context): void {
  withProtection(
    program
      .command("restore <file>")
      .description("Restore a backup into a data directory of this machine, or check it; no engine may use that directory")
      .option("--data <dir>", "data directory (default .runwright)")
      .option("--master-key-file <path>", "the master key of the engine that was backed up (default: as the engine would find it)")
      .option("--database <url>", "for a backup of PostgreSQL: an empty database, better in RUNWRIGHT_DATABASE as process lists show this")
      .option("--check", "read all of it and compare, restore nothing")
      .option("--replace", "keep what is there aside, under another name, instead of refusing"),
  )
    .option("--json", "print JSON")
    .action((file: string, options: RestoreOptions) => (options.check ? check(file, options, context) : restore(file, options, context)));
}

async function check(path: string, options: RestoreOptions, context: Context): Promise<void> {
  const { terminal, cwd } = context;
  const file = { path: await existing(path, cwd), protection: await protectionOf(options, context) };
  const keys = await keysOf(options, context).catch((error) => {
    if (options.masterKeyFile === undefined && isRunwrightError(error, "MASTER_KEY_WRONG")) return null; // none is here, and none was named
    throw error;
  });
  const manifest = await checkBackupFile(file, keys);
  if (options.json) return terminal.printJson({ file: file.path, whole: true, proven: keys !== null, ...manifest });
  terminal.print(
    `${path} is whole: ${rowsIn(manifest)} rows of schema version ${manifest.database.schemaVersion}, made at ${manifest.createdAt} by Runwright ${manifest.engineVersion}`,
  );
  if (keys) terminal.note("The master key here is the right one, and proves that its engine made the backup.");
  else terminal.note(`Without the master key nobody knows who made it; a restore needs the one with the fingerprint ${shortFingerprint(manifest.masterKey)}.`);
}

async function restore(path: string, options: RestoreOptions, context: Context): Promise<void> {
  const { terminal, cwd, signal } = context;
  const file = { path: await existing(path, cwd), protection: await protectionOf(options, context) };
  const finished = await finishCutOff(dataDirectory({ options, ...context })); // one that was cut off: the master key may come with it
  if (finished) terminal.note(finishedWords(finished));
  const { data, database, programs } = configOf(options, context);
  const keys = await keysOf(options, context);
  const stamp = new Date(context.now())
    .toISOString()
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase();
  const { manifest, movedTo } = await restoreBackup({
    ...{ file, keys, signal, directory: data },
    keyFile: options.masterKeyFile === undefined ? null : resolve(cwd, options.masterKeyFile),
    existing: options.replace ? { keepAs: `before_${stamp}` } : "refuse",
    by: { at: context.now(), host: hostname(), ...localUser(context) },
    database: database === null ? null : { url: database, programs },
  });
  if (options.json) return terminal.printJson({ data, movedTo, ...manifest });
  terminal.print(`restored ${rowsIn(manifest)} rows as of ${manifest.createdAt} into ${data}`);
  if (movedTo) terminal.note(`What was there lies in ${movedTo}.`);
  if (manifest.parts.some(({ name }) => name === "config.yaml"))
    terminal.note(`The settings of the machine that was backed up lie in ${join(data, "config.yaml.restored")}: compare, and take over what holds here.`);
  terminal.note(`Stop the engine that was backed up for good before you start this one: runwright serve --data ${data}`);
}

function localUser({ env }: Context): { user: string; sudoUser?: string } {
  const sudoUser = env.SUDO_USER?.slice(0, 256);
  try {
    return { user: userInfo().username, ...(sudoUser ? { sudoUser } : {}) };
  } catch {
    return { user: `uid ${process.getuid?.()}` }; // one without a name, as in a container
  }
}

const configOf = ({ data, database, masterKeyFile }: RestoreOptions, { env, cwd }: Context) =>
  loadConfig({ options: { data, database, masterKeyFile }, env: masterKeyFile === undefined ? env : withoutKey(env), cwd });

/** The key that was named wins over the one in the environment. */
const withoutKey = ({ RUNWRIGHT_MASTER_KEY: _, RUNWRIGHT_MASTER_KEY_COMMAND: __, ...env }: Context["env"]): Context["env"] => env;

async function keysOf(options: RestoreOptions, context: Context): Promise<BackupKeys> {
  const { masterKey } = configOf(options, context);
  await requireThere(masterKey);
  return backupKeysOf(await readMasterKey(masterKey));
}

async function requireThere(source: MasterKeySource): Promise<void> {
  if (source.kind !== "file" || (await isThere(source.path))) return;
  throw new RunwrightError(
    "MASTER_KEY_WRONG",
    `there is no master key at ${source.path}; put the one of the engine that was backed up there, or name it with --master-key-file (nothing was changed)`,
  );
}

async function existing(path: string, cwd: string): Promise<string> {
  const found = resolve(cwd, path);
  if (await isThere(found)) return found;
  throw new RunwrightError("NOT_FOUND", `there is no ${path}`);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
