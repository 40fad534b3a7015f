import { RunwrightError } from "../../core/errors.ts";
import { type Json, MAX_JSON_DEPTH, nestsTooDeep } from "../../core/json.ts";
import { headersForRunbook } from "../../core/webhook.ts";
import type { Webhook } from "./expiry.ts";
import type { Incoming } from "./proof.ts";

/** What a runbook sees of a delivery. */
export type WebhookDocument = { webhookName: string; headers: Record<string, string>; body: Json; query: { readonly [name: string]: Json } };

/** @throws BAD_REQUEST, MEDIA_UNSUPPORTED */
export function documentOf(
  { name, spec }: Pick<Webhook, "name" | "spec">,
  { headers, body, query }: Pick<Incoming, "headers" | "body" | "query">,
): WebhookDocument {
  const given = headers.find(([header]) => header.toLowerCase() === "content-type")?.[1];
  return { webhookName: name, headers: headersForRunbook(headers, spec.verify.hmac?.header), body: bodyOf(body, given), query: plainQuery(query) };
}

/** JSON, a form or text, by what the sender says it is; null when there is none. @throws BAD_REQUEST, MEDIA_UNSUPPORTED */
export function bodyOf(bytes: Uint8Array, contentType: string | undefined): Json {
  if (bytes.length === 0) return null;
  const [type = "", ...parameters] = (contentType ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters
    .find((one) => one.startsWith("charset="))
    ?.slice("charset=".length)
    .replaceAll('"', "");
  if (charset !== undefined && !["utf-8", "utf8", "us-ascii"].includes(charset)) throw unsupported(`its charset is ${charset.slice(0, 50)}; send UTF-8`);
  if (type !== "" && !/^application\/(json|xml|x-www-form-urlencoded|[\w.+-]+\+(json|xml))$|^text\/[\w.+-]+$/.test(type))
    throw unsupported(`it is ${type.slice(0, 100)}; send JSON, a form or text`);
  const text = textOf(bytes);
  if (type === "application/x-www-form-urlencoded") return formOf(text);
  if (/[/+]json$/.test(type)) return jsonOf(text);
  if (type !== "") return text;
  try {
    return jsonOf(text);
  } catch (error) {
    if (nestsTooDeep(text)) throw error;
    return text; // nobody said what it is
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RunwrightError("BAD_REQUEST", "the body isn't UTF-8", { cause });
  }
}

function jsonOf(text: string): Json {
  // Before it is parsed: a parser that calls itself at each level would end its stack.
  if (nestsTooDeep(text)) throw new RunwrightError("BAD_REQUEST", `the body nests deeper than ${MAX_JSON_DEPTH} levels`);
  try {
    return JSON.parse(text);
  } catch {
    throw new RunwrightError("BAD_REQUEST", "the body isn't JSON, as its Content-Type says"); // what the parser says quotes the body
  }
}

function formOf(text: string): Json {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields.get(name);
    if (Array.isArray(before)) before.push(value);
    else fields.set(name, before === undefined ? value : [before, value]);
  }
  return Object.fromEntries(fields);
}

/** Without what is meant for the engine. */
function plainQuery(query: Incoming["query"]): { readonly [name: string]: Json } {
  return Object.fromEntries(Object.entries(query).flatMap(([name, value]) => (name === "wait" ? [] : [[name, value as Json]])));
}

const unsupported = (why: string) => new RunwrightError("MEDIA_UNSUPPORTED", `the body can't be read: ${why}`);
