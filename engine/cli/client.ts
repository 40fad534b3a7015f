import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import { Agent, buildConnector, request as send } from "undici";
import WebSocket from "ws";
import { ERRORS, type ErrorCode, RunwrightError } from "../core/errors.ts";
import { pinOf } from "../http/tls.ts";
import type { Connection } from "./connection.ts";

export interface RequestOptions {
  body?: unknown;
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  signal?: AbortSignal;
}

export interface Client {
  connection: Connection;
  /** @throws what the engine answered, with its code, message and details; ENGINE_UNREACHABLE */
  request<Answer>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, options?: RequestOptions): Promise<Answer>;
  /** The same, where the answer isn't JSON but what it says. @throws like `request` */
  text(path: string, options?: Omit<RequestOptions, "body">): Promise<string>;
  /** Sends a body of any length as it comes, and waits for the answer however long that takes. @throws like `request` */
  upload<Answer>(path: string, options: Omit<RequestOptions, "body"> & { body: Readable }): Promise<Answer>;
  /** Asks for something of any length, and takes it as it comes. @throws like `request`, also while it is read */
  download(path: string, options: Pick<RequestOptions, "signal">): AsyncIterable<Uint8Array>;
  /** All pages of a list, item by item. */
  pages<Item>(path: string, query?: RequestOptions["query"]): AsyncIterable<Item>;
  /** The events socket. */
  events(): WebSocket;
  /** A socket at another door. */
  socket(path: string, headers?: Readonly<Record<string, string>>): WebSocket;
  stop(): Promise<void>;
}

interface Asking {
  method: "GET" | "POST" | "PUT" | "DELETE";
  headers: Record<string, string>;
  body: string | Readable | null;
  signal?: AbortSignal;
  headersTimeout?: number;
  bodyTimeout?: number;
}

/** Talks to an engine as everyone does: over HTTP. */
export function createClient(connection: Connection): Client {
  const { url, token, tlsPin } = connection;
  const dispatcher = new Agent({ connect: tlsPin ? pinnedConnector(tlsPin) : {}, headersTimeout: 90_000, bodyTimeout: 90_000 });

  const request = <Answer>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, { body, query, signal }: RequestOptions = {}): Promise<Answer> => {
    const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    return ask(path, query, { method, headers, signal, body: body === undefined ? null : JSON.stringify(body) });
  };

  async function ask<Answer>(path: string, query: RequestOptions["query"], asking: Asking): Promise<Answer> {
    const text = await answerTo(path, query, asking);
    return (text === "" ? undefined : parse(text, url)) as Answer;
  }

  async function answerTo(path: string, query: RequestOptions["query"], { headers, signal, ...options }: Asking): Promise<string> {
    const target = new URL(path, url);
    for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) target.searchParams.set(name, String(value));
    let answer: Awaited<ReturnType<typeof send>>;
    try {
      answer = await send(target, { ...options, headers: { ...headers, ...(token ? { authorization: `Bearer ${token}` } : {}) }, dispatcher, signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw unreachable(url, cause);
    }
    const text = await answer.body.text();
    if (answer.statusCode < 300) return text;
    throw problemOf(answer.statusCode, text, url);
  }

  return {
    connection,
    request,
    text: (path, { query, signal } = {}) => answerTo(path, query, { method: "GET", headers: {}, signal, body: null }),
    upload: (path, { query, body, signal }) => {
      const headers = { "content-type": "application/octet-stream" };
      return ask(path, query, { method: "POST", headers, signal, body, headersTimeout: 0, bodyTimeout: 0 });
    },
    async *download(path, { signal }) {
      try {
        const answer = await send(new URL(path, url), {
          ...{ method: "POST", dispatcher, signal, headersTimeout: 0, bodyTimeout: 0 },
          headers: token ? { authorization: `Bearer ${token}` } : {},
        });
        if (answer.statusCode >= 300) throw problemOf(answer.statusCode, await answer.body.text(), url);
        yield* answer.body as AsyncIterable<Uint8Array>;
      } catch (cause) {
        signal?.throwIfAborted();
        throw unreachable(url, cause);
      }
    },
    async *pages<Item>(path: string, query: RequestOptions["query"] = {}) {
      let cursor: string | undefined;
      do {
        const page: { items: Item[]; next: string | null } = await request("GET", path, { query: { ...query, cursor } });
        yield* page.items;
        cursor = page.next ?? undefined;
      } while (cursor);
    },
    events: () => socket("/api/v1/events"),
    socket,
    stop: () => dispatcher.close(),
  };

  function socket(path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
    const target = new URL(path, url.replace(/^http/, "ws"));
    return new WebSocket(target, {
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(tlsPin
        ? {
            rejectUnauthorized: false,
            finishRequest: (request) => void request.once("socket", (socket) => checkPin(socket as TLSSocket, tlsPin, () => request.end())),
          }
        : {}),
    });
  }
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RunwrightError("ENGINE_UNREACHABLE", `${url} answers, but not as an engine does; check the address`, { cause });
  }
}

function problemOf(status: number, text: string, url: string): RunwrightError {
  let problem: { code?: string; detail?: string; errors?: unknown } = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // told below: a proxy or another server has answered
  }
  const { code, detail, errors } = problem;
  if (code !== undefined && Object.hasOwn(ERRORS, code)) return new RunwrightError(code as ErrorCode, detail ?? code, { details: errors });
  return new RunwrightError("ENGINE_UNREACHABLE", `${url} answered with status ${status}, but not as an engine does; check the address`);
}

function unreachable(url: string, cause: unknown): RunwrightError {
  if (cause instanceof RunwrightError) return cause;
  const reason = cause instanceof Error ? ("code" in cause && String(cause.code)) || cause.message : String(cause);
  const hint = /CERT|SELF_SIGNED/.test(reason)
    ? "its certificate isn't trusted here; sign in again with `runwright login`"
    : "is it running, and is the address right?";
  return new RunwrightError("ENGINE_UNREACHABLE", `the engine at ${url} can't be reached (${reason}): ${hint}`, { cause });
}

/** Trusts one key instead of certificate authorities: that of a self-signed certificate. A resumed session has no certificate to look at: each connection begins its own. */
function pinnedConnector(pin: string): buildConnector.connector {
  const connect = buildConnector({ rejectUnauthorized: false, maxCachedSessions: 0 });
  return (options, callback) =>
    connect(options, (error, socket) => {
      if (error || !socket) return void callback(error ?? new Error("no socket"), null);
      const wrong = pinProblem(socket as TLSSocket, pin);
      if (!wrong) return void callback(null, socket);
      socket.destroy();
      callback(wrong, null);
    });
}

function checkPin(socket: TLSSocket, pin: string, proceed: () => void): void {
  socket.once("secureConnect", () => {
    const wrong = pinProblem(socket, pin);
    if (wrong) socket.destroy(wrong);
    else proceed();
  });
}

function pinProblem(socket: TLSSocket, pin: string): RunwrightError | undefined {
  const { raw } = socket.getPeerCertificate();
  if (raw && pinOf(raw) === pin) return undefined;
  return new RunwrightError("ENGINE_UNREACHABLE", "the engine shows another key than the one that was pinned at sign-in; if it was set up anew, sign in again");
}
