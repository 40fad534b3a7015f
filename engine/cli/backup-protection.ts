import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { KEY_BYTES, type Protection } from "../backup/envelope.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Context } from "./command.ts";

const SHORTEST_PASSPHRASE = 8;

export interface ProtectionOptions {
  passphraseFile?: string;
  keyFile?: string;
}

/** What a backup is, or shall be, encrypted with. Never on the command line: every user of a machine can read those. */
export const withProtection = (command: Command): Command =>
  command
    .option("--passphrase-file <path>", "encrypted with the passphrase in this file (- for standard input)")
    .option("--key-file <path>", "encrypted with the key in this file: 32 random bytes, base64 or hex, as `openssl rand -base64 32` prints");

/** @throws BAD_REQUEST, CONFIG_INVALID, NOT_FOUND; without showing what was read */
export async function protectionOf({ passphraseFile, keyFile }: ProtectionOptions, context: Context): Promise<Protection> {
  if (passphraseFile !== undefined && keyFile !== undefined) throw new RunwrightError("BAD_REQUEST", "give a passphrase or a key, not both");
  if (passphraseFile !== undefined) {
    const passphrase = (await read(passphraseFile, context)).replace(/\r?\n$/, "");
    if ([...passphrase].length < SHORTEST_PASSPHRASE)
      throw new RunwrightError("BAD_REQUEST", `the passphrase must have at least ${SHORTEST_PASSPHRASE} characters; several words are better`);
    return { kind: "passphrase", passphrase };
  }
  return keyFile === undefined ? { kind: "none" } : { kind: "key", key: parseKey(await read(keyFile, context), keyFile) };
}

function parseKey(given: string, path: string): Buffer {
  const text = given.trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  throw new RunwrightError("CONFIG_INVALID", `${path} must hold ${KEY_BYTES} random bytes as base64 or hex, such as \`openssl rand -base64 32\` prints`);
}

async function read(path: string, { cwd, stdin }: Context): Promise<string> {
  if (path === "-") return await stdin();
  try {
    return await readFile(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw new RunwrightError("NOT_FOUND", `${path} can't be read: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
