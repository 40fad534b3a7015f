import { createHash } from "node:crypto";
import { RunwrightError } from "../core/errors.ts";

const CHECK_CHARS = 11;

/**
 * A place in a list, opaque to clients. The check value keeps mistakes from being read as another place; it guards no secret: what a page shows is decided
 * anew for each request.
 * @param list name of the list: a cursor of one isn't taken by another
 */
export function makeCursor(list: string, place: string | number): string {
  const body = Buffer.from(JSON.stringify(place)).toString("base64url");
  return `${body}${checkOf(list, body)}`;
}

/** @throws CURSOR_INVALID */
export function readCursor<Place extends "string" | "number">(list: string, kind: Place, cursor: string): Place extends "string" ? string : number {
  const body = cursor.slice(0, -CHECK_CHARS);
  if (body.length === 0 || cursor.slice(-CHECK_CHARS) !== checkOf(list, body)) throw invalid();
  const place: unknown = JSON.parse(Buffer.from(body, "base64url").toString());
  if (typeof place !== kind) throw invalid();
  return place as Place extends "string" ? string : number;
}

const checkOf = (list: string, body: string): string => createHash("sha256").update(`${list}\n${body}`).digest("base64url").slice(0, CHECK_CHARS);
const invalid = () => new RunwrightError("CURSOR_INVALID", "this cursor wasn't given by this list; begin again without one");
