import { execFile } from "node:child_process";
import { hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, link, open, readFile, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { isRunwrightError, RunwrightError } from "../core/errors.ts";
import type { Store } from "../store/store.ts";

/** Where the master key comes from: a file (made at first start), the text of an environment variable, or what a command prints. */
export type MasterKeySource =
  | { kind: "file"; path: string }
  | { kind: "text"; text: string; name: string }
  | { kind: "command"; argv: readonly [string, ...string[]] };

/** Wraps the root keys of a store, and does nothing else. */
export interface MasterKey {
  /** 32 bytes, the same for the same purpose (HKDF, RFC 5869). */
  derive(purpose: string): Buffer;
  /** The key itself: the first root key of a store that is older than root keys. */
  bytes(): Buffer;
}

const KEY_BYTES = 32;
/** Where the store keeps the value that tells which master key is the right one. */
export const CHECK = "masterKeyCheck";
const COMMAND_TIMEOUT_MS = 30_000;

/** Hex; says nothing about the key. */
export const checkOf = (key: MasterKey): string => key.derive("check value").toString("hex");

/** `next`: the key that `runwright asset rotate-keys` puts in the place of the present one; null: none. */
export interface MasterKeyParts {
  store: Pick<Store, "read" | "write">;
  source: MasterKeySource;
  next?: MasterKeySource | null;
}

/**
 * Reads the master key and compares it with the check value in the store; at first start it makes the file and stores the check value. When the next key has taken
 * the place of the present one, the next one is the right one.
 * Invariant: a store that knows a master key is never given another one, and no file is written for it.
 * @throws MASTER_KEY_WRONG when neither key is the one that sealed what is stored, or it is missing; CONFIG_INVALID when it isn't 32 bytes
 */
export async function openMasterKey({ store, source, next = null }: MasterKeyParts): Promise<MasterKey> {
  const known = await store.read.meta.get(CHECK);
  if (known !== undefined && next !== null && (await fits(source, known)) !== true) {
    const key = await readKey(next, true).then(masterKeyOf, () => undefined); // what is wrong with the present one is told below
    if (key && isSame(checkOf(key), known)) return key;
  }
  const key = masterKeyOf(await readKey(source, known !== undefined));
  const check = checkOf(key);
  if (isSame(known ?? (await remember(store, check)), check)) return key;
  const given = next === null ? placeOf(source) : `${placeOf(source)}, or from ${placeOf(next)},`;
  throw new RunwrightError(
    "MASTER_KEY_WRONG",
    `the master key from ${given} isn't the one that sealed the assets of this store; give the engine the original key (nothing was changed)`,
  );
}

/** The key of a source that has one: nothing is made. @throws MASTER_KEY_WRONG when the file is missing, CONFIG_INVALID when it isn't 32 bytes */
export const readMasterKey = async (source: MasterKeySource): Promise<MasterKey> => masterKeyOf(await readKey(source, true));

/** The key that is to take the place of the present one. @throws CONFIG_INVALID when it is missing or isn't 32 bytes */
export async function readNextMasterKey(next: MasterKeySource): Promise<MasterKey> {
  try {
    return masterKeyOf(await readKey(next, true));
  } catch (cause) {
    if (!isRunwrightError(cause, "MASTER_KEY_WRONG")) throw cause;
    throw new RunwrightError("CONFIG_INVALID", `the next master key isn't there: ${placeOf(next)} is missing (nothing was changed)`, { cause });
  }
}

const fits = (source: MasterKeySource, check: string): Promise<boolean> =>
  readKey(source, true).then(
    (bytes) => isSame(checkOf(masterKeyOf(bytes)), check),
    () => false, // told by whoever reads it again
  );

export function masterKeyOf(bytes: Uint8Array): MasterKey {
  if (bytes.length !== KEY_BYTES) throw new TypeError(`a master key is ${KEY_BYTES} bytes`);
  return { derive: (purpose) => Buffer.from(hkdfSync("sha256", bytes, "", `runwright ${purpose}`, KEY_BYTES)), bytes: () => Buffer.from(bytes) };
}

/** In a time that tells nothing about where they differ. */
export const isSame = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** @returns what the store holds afterwards: another engine may have been first */
const remember = (store: Pick<Store, "write">, check: string): Promise<string> => store.write((tx) => tx.meta.setOnce(CHECK, check));

async function readKey(source: MasterKeySource, isKnown: boolean): Promise<Buffer> {
  if (source.kind === "text") return parseKey(source.text, source);
  if (source.kind === "command") return parseKey(await runCommand(source.argv), source);
  try {
    const bytes = await readFile(source.path);
    return bytes.length === KEY_BYTES ? bytes : parseKey(bytes.toString("latin1"), source);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    if (isKnown)
      throw new RunwrightError(
        "MASTER_KEY_WRONG",
        `${source.path} is missing, and the store holds what was sealed with it; restore that file (nothing was changed)`,
        { cause },
      );
    return await createFile(source.path);
  }
}

/** The file appears whole or not at all: a crash in between leaves no half key behind. */
async function createFile(path: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${key.toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
    await chmod(path, 0o600);
  } finally {
    await rm(draft, { force: true });
  }
  return key;
}

/** 32 bytes as base 64 (44 characters) or hex (64). @throws CONFIG_INVALID, without showing the text */
function parseKey(text: string, source: MasterKeySource): Buffer {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, "base64");
  throw new RunwrightError(
    "CONFIG_INVALID",
    `the master key from ${placeOf(source)} must be ${KEY_BYTES} random bytes as base64, such as \`openssl rand -base64 32\` prints`,
  );
}

async function runCommand([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: 64 * 1024 })).stdout;
  } catch (cause) {
    throw new RunwrightError("CONFIG_INVALID", `the command "${program}" that gives the master key failed; run it by hand to see why`, { cause });
  }
}

const placeOf = (source: MasterKeySource): string =>
  source.kind === "file" ? source.path : source.kind === "text" ? source.name : `the command "${source.argv[0]}"`;

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
