import { Type } from "typebox";
import { callKey } from "../../core/call-id.ts";
import { parseDuration } from "../../core/duration.ts";
import { isRunwrightError } from "../../core/errors.ts";
import { grantOpens } from "../../core/http-grant.ts";
import type { HttpClient, Request } from "../http/client.ts";
import { type HostFunction, hostFunction } from "./function.ts";

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_MS = 10 * 60_000;
const MAX_REQUEST_BYTES = 1024 * 1024;
/** Requests of one job at the same time; others wait their turn. */
const AT_ONCE = 16;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
const READS: readonly string[] = ["GET", "HEAD", "OPTIONS"];
/** Set by the client itself: from a runbook they could make one request look like two. */
/** RFC 9110: a token, and a value without control characters. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const FORBIDDEN_HEADERS = /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/i;

const Fetch = Type.Object({
  url: Type.String({ maxLength: 8_192 }),
  method: Type.Union(METHODS.map((method) => Type.Literal(method))),
  headers: Type.Record(Type.String(), Type.String({ maxLength: 16_384 })),
  text: Type.Optional(Type.String()),
  base64: Type.Optional(Type.String()),
  json: Type.Optional(Type.Unknown()),
  timeout: Type.Optional(Type.Union([Type.String({ maxLength: 50 }), Type.Number()])),
  redirect: Type.Optional(Type.Union([Type.Literal("follow"), Type.Literal("manual"), Type.Literal("error")])),
  retry: Type.Optional(Type.Literal("never")),
});
type Fetch = Type.Static<typeof Fetch>;

export function httpFunctions(client: HttpClient): HostFunction[] {
  const turns = new WeakMap<AbortSignal, Turns>();
  return [
    hostFunction(Fetch, {
      op: "http.fetch",
      effect: ({ method }) => (READS.includes(method) ? "read" : "write"),
      alsoCheck: problemWith,
      refuse({ url }, { attempt }) {
        const wanted = new URL(url);
        if (attempt.manifest.permissions.http?.some((grant) => grantOpens(grant, wanted))) return undefined;
        return `the runbook doesn't declare ${wanted.origin}${wanted.pathname}: add it to permissions.http`;
      },
      async perform(args, { attempt, id, signal }) {
        const grants = attempt.manifest.permissions.http ?? [];
        const mine = turns.get(signal) ?? createTurns();
        turns.set(signal, mine);
        return mine.take(() => client.send(requestOf(args, callKey(id)), grants, signal));
      },
      recover: ({ retry, method, url }) =>
        retry === "never"
          ? {
              ok: false,
              error: {
                name: "RunwrightError",
                code: "HTTP_UNKNOWN",
                message: `whether ${method} ${new URL(url).origin} was done is unknown: the engine stopped meanwhile`,
              },
            }
          : "perform",
      dry: ({ url }) => ({ status: 200, statusText: "dry run", url, headers: {}, text: "" }),
    }),
  ];
}

function problemWith(args: Fetch): string | undefined {
  const url = URL.parse(args.url);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "url must be an absolute http or https URL";
  if (url.username !== "" || url.password !== "") return "url must not hold a user name or password; use the Authorization header";
  const forbidden = Object.keys(args.headers).find((name) => FORBIDDEN_HEADERS.test(name));
  if (forbidden !== undefined) return `the header "${forbidden}" can't be set`;
  const malformed = Object.entries(args.headers).find(([name, value]) => !HEADER_NAME.test(name) || !HEADER_VALUE.test(value));
  if (malformed !== undefined) return `the header ${JSON.stringify(malformed[0])} has characters that headers can't have`;
  const body = bodyOf(args);
  if (body !== null && READS.includes(args.method)) return `${args.method} can't have a body`;
  if (body !== null && body.length > MAX_REQUEST_BYTES) return `the body is larger than ${MAX_REQUEST_BYTES} bytes`;
  try {
    const timeoutMs = timeoutOf(args);
    return timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS ? undefined : "timeout must be above zero and at most 10m";
  } catch (error) {
    if (isRunwrightError(error, "DURATION_INVALID")) return `timeout: ${error.message}`;
    throw error;
  }
}

const timeoutOf = ({ timeout }: Fetch): number => (timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout));

function bodyOf({ text, base64, json }: Fetch): Buffer | null {
  if (json !== undefined) return Buffer.from(JSON.stringify(json), "utf8");
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  return text === undefined ? null : Buffer.from(text, "utf8");
}

function requestOf(args: Fetch, idempotencyKey: string): Request {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(args.headers)) headers[name.toLowerCase()] = value;
  headers["user-agent"] ??= "runwright";
  headers["accept-encoding"] ??= "gzip, deflate, br";
  if (args.json !== undefined) headers["content-type"] ??= "application/json";
  // A write that is done again after a crash can be recognised by who receives it.
  if (!READS.includes(args.method)) headers["idempotency-key"] ??= idempotencyKey;
  const { url, method, redirect = "follow" } = args;
  return { url, method, headers, body: bodyOf(args), timeoutMs: timeoutOf(args), redirect };
}

interface Turns {
  take<Value>(work: () => Promise<Value>): Promise<Value>;
}

function createTurns(): Turns {
  const queue: (() => void)[] = [];
  let busy = 0;
  return {
    async take(work) {
      if (busy >= AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
      else busy++;
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) busy--;
        else next();
      }
    },
  };
}
