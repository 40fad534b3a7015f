import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";

/** `rwt_<id part>_<secret>`: 26 characters that find the row, then 256 random bits of which only a hash is stored. */
const TOKEN = /^rwt_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

export interface ParsedToken {
  id: string;
  hash: string;
}

/** @param id such as `tok_…` */
export function makeToken(id: string): { text: string; hash: string } {
  const secret = randomBytes(32).toString("base64url");
  return { text: `rwt_${id.slice("tok_".length)}_${secret}`, hash: hashOf(secret) };
}

/** @throws TOKEN_MALFORMED, never repeating the text */
export function parseToken(text: string): ParsedToken {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  if (id === undefined || secret === undefined) {
    throw new RunwrightError(
      "TOKEN_MALFORMED",
      "this isn't a whole API token: it begins with rwt_ and has 74 characters; copy it again, or make a new one with `runwright token create`",
    );
  }
  return { id: `tok_${id}`, hash: hashOf(secret) };
}

/** A plain hash is enough: a secret of 256 random bits can't be guessed, so it needs no slow one. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");

export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, "hex"), Buffer.from(b, "hex")];
  return left.length === right.length && timingSafeEqual(left, right);
}
