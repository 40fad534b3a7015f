import { RunwrightError } from "../core/errors.ts";
import { KEY_BYTES, type Protection } from "./envelope.ts";

const SHORTEST_PASSPHRASE = 8;

export interface ProtectionFiles {
  passphraseFile?: string | undefined;
  keyFile?: string | undefined;
}

/** @param read what a file holds @throws BAD_REQUEST, CONFIG_INVALID; without showing what was read */
export async function readProtection({ passphraseFile, keyFile }: ProtectionFiles, read: (path: string) => Promise<string>): Promise<Protection> {
  if (passphraseFile !== undefined && keyFile !== undefined) throw new RunwrightError("BAD_REQUEST", "give a passphrase or a key, not both");
  if (keyFile !== undefined) return { kind: "key", key: parseKey(await read(keyFile), keyFile) };
  if (passphraseFile === undefined) return { kind: "none" };
  const passphrase = (await read(passphraseFile)).replace(/\r?\n$/, "");
  if ([...passphrase].length >= SHORTEST_PASSPHRASE) return { kind: "passphrase", passphrase };
  throw new RunwrightError("BAD_REQUEST", `the passphrase must have at least ${SHORTEST_PASSPHRASE} characters; several words are better`);
}

function parseKey(given: string, path: string): Buffer {
  const text = given.trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  throw new RunwrightError("CONFIG_INVALID", `${path} must hold ${KEY_BYTES} random bytes as base64 or hex, such as \`openssl rand -base64 32\` prints`);
}
