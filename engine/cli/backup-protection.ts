import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Protection } from "../backup/envelope.ts";
import { type ProtectionFiles, readProtection } from "../backup/protection.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Context } from "./command.ts";

export type ProtectionOptions = ProtectionFiles;

/** What a backup is, or shall be, encrypted with. Never on the command line: every user of a machine can read those. */
export const withProtection = (command: Command): Command =>
  command
    .option("--passphrase-file <path>", "encrypted with the passphrase in this file (- for standard input)")
    .option("--key-file <path>", "encrypted with the key in this file: 32 random bytes, base64 or hex, as `openssl rand -base64 32` prints");

/** @throws BAD_REQUEST, CONFIG_INVALID, NOT_FOUND; without showing what was read */
export const protectionOf = (options: ProtectionFiles, { cwd, stdin }: Context): Promise<Protection> =>
  readProtection(options, async (path) => {
    if (path === "-") return await stdin();
    try {
      return await readFile(resolve(cwd, path), "utf8");
    } catch (cause) {
      throw new RunwrightError("NOT_FOUND", `${path} can't be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  });
