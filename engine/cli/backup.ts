import { resolve } from "node:path";
import type { Command } from "commander";
import { writeBackupFile } from "../backup/file.ts";
import { shortFingerprint } from "../protocol/backup.ts";
import { type ProtectionOptions, protectionOf, withProtection } from "./backup-protection.ts";
import { rowsIn, sizeOf } from "./backup-words.ts";
import { type Context, withClient } from "./command.ts";

interface BackupOptions extends ProtectionOptions {
  json?: boolean;
}

export function addBackup(program: Command, context: Context): void {
  withProtection(
    program
      .command("backup [file]")
      .description("Write all that the engine keeps, as of this moment, into one file, while the engine runs; the master key isn't in it"),
  )
    .option("--json", "print JSON")
    .action((file: string | undefined, options: BackupOptions) => backup(file, options, context));
}

async function backup(file: string | undefined, { json, ...options }: BackupOptions, context: Context): Promise<void> {
  const { terminal, cwd, signal } = context;
  const stamp = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const path = resolve(cwd, file ?? `runwright-${stamp}.backup`);
  const protection = await protectionOf(options, context);
  await withClient(context, async (client) => {
    const { bytes, manifest } = await writeBackupFile({ path, protection }, client.download("/api/v1/backups", { signal }));
    if (json) return terminal.printJson({ file: path, bytes, encrypted: protection.kind !== "none", ...manifest });
    terminal.print(`wrote ${path}: ${rowsIn(manifest)} rows of schema version ${manifest.database.schemaVersion}, ${sizeOf(bytes)}, read back and checked`);
    terminal.note(
      `The master key isn't in it. A restore needs the one with the fingerprint ${shortFingerprint(manifest.masterKey)}: keep a copy of it elsewhere.`,
    );
    if (protection.kind === "none") terminal.note("It isn't encrypted: whoever has it reads what jobs wrote and what is known of machines, but no secrets.");
  });
}
