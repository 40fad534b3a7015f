import { ERRORS, type ErrorCode, RunwrightError } from "../../../engine/core/errors.ts";
import type { Page } from "../../../engine/protocol/http/shapes.ts";
import type { EngineAddress } from "./address.ts";
import { garbage, type Shape, shaped } from "./shape.ts";
import type { Send } from "./transport.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export interface Asking {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Default: 15 s. */
  timeoutMs?: number;
}
/** A list of the HTTP API. */
export interface ListDoor<Item> {
  path: string;
  shape: Shape<Item>;
  /** For people, such as `job`. */
  what: string;
}

export interface Client {
  readonly address: EngineAddress;
  readonly token: string;
  /** @throws what the engine answered, with its code, message and details; ENGINE_UNREACHABLE, ENGINE_SLOW, NOT_AN_ENGINE; the signal's reason */
  ask<Answer>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, shape: Shape<Answer>, asking?: Asking): Promise<Answer>;
  /** Where the engine answers with nothing. */
  tell(method: "POST" | "PUT" | "DELETE", path: string, asking?: Asking): Promise<void>;
  page<Item>(door: ListDoor<Item>, asking?: Asking & { cursor?: string | undefined; limit?: number }): Promise<Page<Item>>;
}

/** An engine that is slow for a moment is waited for; a tree shows meanwhile that it loads. */
const TIMEOUT_MS = 15_000;

export function createClient({
  address,
  token,
  send,
  onAnswer,
}: {
  address: EngineAddress;
  token: string;
  send: Send;
  onAnswer?(error?: unknown): void;
}): Client {
  async function request(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    { query = {}, body, signal, timeoutMs = TIMEOUT_MS }: Asking,
  ): Promise<string> {
    // Not new URL(path, base): an engine may lie below a path of its host.
    const url = new URL(`${address.url}${path}`);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = {
      accept: "application/json",
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const { status, text } = await send({
      method,
      url,
      headers,
      timeoutMs,
      signal,
      tlsPin: address.tlsPin,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (status >= 200 && status < 300) return text;
    throw problemOf(status, text);
  }

  /** Whoever watches the connection learns how each request has ended. */
  async function told<Answer>(ask: () => Promise<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    try {
      const answer = await ask();
      onAnswer?.();
      return answer;
    } catch (error) {
      if (!signal?.aborted) onAnswer?.(error);
      throw error;
    }
  }

  return {
    address,
    token,
    ask: (method, path, shape, asking = {}) => told(async () => shaped(parse(await request(method, path, asking)), shape, path), asking.signal),
    tell: (method, path, asking = {}) => told(async () => void (await request(method, path, asking)), asking.signal),
    page<Item>(door: ListDoor<Item>, { cursor, limit, query, ...asking }: Asking & { cursor?: string | undefined; limit?: number } = {}): Promise<Page<Item>> {
      return told(async () => {
        const text = await request("GET", door.path, { ...asking, query: { ...query, cursor, limit } });
        const { items, next } = shaped<Page<unknown>>(parse(text), { items: "array", next: "string?" }, door.path);
        // An empty page, or one that leads to itself, is the last: whoever reads to the end would ask for ever.
        const isLast = items.length === 0 || next === cursor;
        return { items: items.map((item) => shaped(item, door.shape, door.what)), next: isLast ? null : next };
      }, asking.signal);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw garbage(`the answer isn't JSON: ${text.slice(0, 60)}`);
  }
}

function problemOf(status: number, text: string): RunwrightError {
  let problem: { code?: unknown; detail?: unknown; errors?: unknown } = {};
  try {
    problem = Object(JSON.parse(text));
  } catch {
    // told below: something else than an engine has answered
  }
  const { code, detail, errors } = problem;
  if (isCode(code)) return new RunwrightError(code, typeof detail === "string" ? detail : ERRORS[code].title, { details: errors });
  // A newer engine may have errors that this extension doesn't know.
  if (typeof code === "string" && typeof detail === "string")
    return new RunwrightError(status >= 500 ? "INTERNAL" : "BAD_REQUEST", `${detail} (${code})`, { details: errors });
  return garbage(`status ${status}`);
}

const isCode = (code: unknown): code is ErrorCode => typeof code === "string" && Object.hasOwn(ERRORS, code);
