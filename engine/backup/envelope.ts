import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { RunwrightError } from "../core/errors.ts";
import { BACKUP_VERSION } from "../protocol/backup.ts";
import { type ByteReader, createByteReader } from "./byte-reader.ts";

/*
 * A backup file: one line that says how it is protected, then the body. An encrypted body is cut into chunks of one length, each sealed with AES-256-GCM under a key
 * of this file alone. A chunk's nonce is its number and whether it is the last one: so none can be left out, moved, or cut off. (The STREAM construction: Hoang,
 * Reyhanitabar, Rogaway, Vizár 2015.) No length is read from the file.
 */

/** What a backup is encrypted with. */
export type Protection = { kind: "none" } | { kind: "passphrase"; passphrase: string } | { kind: "key"; key: Uint8Array };

export const KEY_BYTES = 32;
const CHUNK = 64 * 1024;
const TAG = 16;
const LONGEST_LINE = 200;
const MAGIC = "runwright-backup";
/** 128 MB and half a second for each guess (RFC 7914). More than the upper bound isn't derived: someone else may have written the file. */
const LOG_N = { used: 17, least: 14, most: 18 };
const BLOCKS = 8;

/** @returns the whole file. */
export async function* wrapped(body: AsyncIterable<Uint8Array>, protection: Protection): AsyncIterable<Uint8Array> {
  if (protection.kind === "none") {
    yield Buffer.from(`${MAGIC} ${BACKUP_VERSION} none\n`);
    return yield* body;
  }
  const salt = randomBytes(32);
  const how = protection.kind === "key" ? "key" : `scrypt:${LOG_N.used}`;
  const { key, check } = derive(await secretOf(protection, salt, LOG_N.used), salt);
  const line = Buffer.from(`${MAGIC} ${BACKUP_VERSION} ${how} ${salt.toString("base64url")} ${check}\n`);
  yield line;
  const reader = createByteReader(body);
  for (let number = 0; ; number++) {
    const plain = await reader.upTo(CHUNK);
    const isLast = await reader.isAtEnd();
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number, isLast)).setAAD(line);
    yield Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    if (isLast) return;
  }
}

/**
 * The body of a file. What it yields was authenticated, chunk by chunk, when the file is encrypted; that the end was reached is known when it returns.
 * @throws BACKUP_DAMAGED, BACKUP_NEWER, BACKUP_SEALED
 */
export async function* unwrapped(file: AsyncIterable<Uint8Array>, protection: Protection): AsyncIterable<Uint8Array> {
  const reader = createByteReader(file);
  try {
    yield* bodyOf(reader, protection);
  } finally {
    await reader.close();
  }
}

async function* bodyOf(reader: ByteReader, protection: Protection): AsyncIterable<Uint8Array> {
  const line = await reader.line(LONGEST_LINE);
  const head = parseLine(line?.toString("latin1") ?? "");
  if (head.how === "none") {
    if (protection.kind !== "none")
      throw new RunwrightError("BACKUP_SEALED", "the backup isn't encrypted, though a passphrase or key was given: it may not be the one you mean");
    return yield* reader.rest();
  }
  const kind = head.how === "key" ? "key" : "passphrase";
  if (protection.kind !== kind) throw new RunwrightError("BACKUP_SEALED", `the backup is encrypted with a ${kind}; give it with --${kind}-file`);
  const { key, check } = derive(await secretOf(protection, head.salt, head.logN), head.salt);
  if (!timingSafeEqual(Buffer.from(check), Buffer.from(head.check)))
    throw new RunwrightError("BACKUP_SEALED", `this isn't the ${kind} that the backup was encrypted with (or the first line of the file was altered)`);
  for (let number = 0; ; number++) {
    const sealed = await reader.upTo(CHUNK + TAG);
    const isLast = await reader.isAtEnd();
    yield opened(sealed, { key, nonce: nonceOf(number, isLast), line: line ?? Buffer.alloc(0) });
    if (isLast) return;
  }
}

function opened(sealed: Buffer, { key, nonce, line }: { key: Buffer; nonce: Buffer; line: Buffer }): Buffer {
  const wrong = (cause?: unknown) =>
    new RunwrightError("BACKUP_DAMAGED", "the backup was cut short or altered: a part of it isn't what was encrypted", { cause });
  if (sealed.length < TAG) throw wrong();
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG }).setAAD(line);
  decipher.setAuthTag(sealed.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  } catch (cause) {
    throw wrong(cause);
  }
}

type Head = { how: "none" } | { how: "key" | "scrypt"; logN: number; salt: Buffer; check: string };

function parseLine(line: string): Head {
  const [magic, version = "", how = "", salt = "", check = "", ...more] = line.replace(/\n$/, "").split(" ");
  if (magic !== MAGIC || !/^\d{1,9}$/.test(version))
    throw new RunwrightError("BACKUP_DAMAGED", "this isn't a file that `runwright backup` wrote, or its beginning was altered");
  if (Number(version) !== BACKUP_VERSION)
    throw new RunwrightError(
      "BACKUP_NEWER",
      `the backup has version ${version} of the format, and this Runwright knows version ${BACKUP_VERSION}; restore it with a newer one`,
    );
  if (how === "none" && salt === "") return { how };
  const [, cost] = /^scrypt:(\d{1,2})$/.exec(how) ?? [];
  const isKnown = how === "key" || (cost !== undefined && Number(cost) >= LOG_N.least && Number(cost) <= LOG_N.most);
  if (!isKnown || more.length > 0 || !/^[A-Za-z0-9_-]{43}$/.test(salt) || !/^[0-9a-f]{16}$/.test(check))
    throw new RunwrightError("BACKUP_DAMAGED", "the first line of the backup was altered: it asks for a protection that isn't known");
  return { how: how === "key" ? "key" : "scrypt", logN: Number(cost ?? 0), salt: Buffer.from(salt, "base64url"), check };
}

async function secretOf(protection: Exclude<Protection, { kind: "none" }>, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  if (protection.kind === "key") return protection.key;
  const N = 2 ** logN;
  const options = { N, r: BLOCKS, p: 1, maxmem: 128 * N * BLOCKS + 1024 * 1024 };
  // Keyboards differ in how they write an ä.
  return promisify<string, Uint8Array, number, object, Buffer>(scrypt)(protection.passphrase.normalize("NFC"), salt, KEY_BYTES, options);
}

function derive(secret: Uint8Array, salt: Uint8Array): { key: Buffer; check: string } {
  const bytes = (purpose: string, length: number) => Buffer.from(hkdfSync("sha256", secret, salt, `runwright backup ${purpose}`, length));
  return { key: bytes("chunks", KEY_BYTES), check: bytes("check", 8).toString("hex") };
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}
