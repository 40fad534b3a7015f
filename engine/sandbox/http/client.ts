import { lookup as resolve } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { Agent, type Dispatcher, request } from "undici";
import { isRunwrightError, RunwrightError } from "../../core/errors.ts";
import { grantOpens } from "../../core/http-grant.ts";
import { type AddressRules, createAddressRules } from "./address.ts";

const MAX_REDIRECTS = 5;
const MAX_RESPONSE_BYTES = 10 * 1024 * 1024;
const CONNECTIONS_PER_ORIGIN = 32;
/** Headers that may follow a redirect to another origin: all others may hold what is meant for the first one only. */
const HARMLESS_HEADERS = ["accept", "accept-encoding", "accept-language", "content-type", "user-agent"];

export interface Request {
  url: string;
  method: string;
  headers: Record<string, string>;
  body: Buffer | null;
  timeoutMs: number;
  redirect: "follow" | "manual" | "error";
}

/** A complete answer; `text` when the body is UTF-8, else `base64`. */
export interface Response {
  status: number;
  statusText: string;
  url: string;
  headers: Record<string, string>;
  text?: string;
  base64?: string;
}

export interface HttpClient {
  /**
   * Sends a request and follows redirects as far as the grants go.
   * @param grants `permissions.http` of the runbook
   * @throws HTTP_REFUSED: an address or a redirect isn't allowed; HTTP_FAILED: no answer; TOO_LARGE: the body is
   */
  send(request: Request, grants: readonly string[], signal: AbortSignal): Promise<Response>;
  close(): Promise<void>;
}

/** @param opened hosts, addresses and networks that the operator opens */
export function createHttpClient(opened: readonly string[]): HttpClient {
  const rules = createAddressRules(opened);
  // Invariant: a name is resolved once, and the connection goes to an address that was checked; nothing resolves it again in between.
  const agent = new Agent({ connect: { lookup: checkedLookup(rules), timeout: 30_000 }, connections: CONNECTIONS_PER_ORIGIN, keepAliveTimeout: 10_000 });

  async function send(first: Request, grants: readonly string[], signal: AbortSignal): Promise<Response> {
    let current = first;
    for (let redirects = 0; ; redirects++) {
      const url = new URL(current.url);
      checkLiteral(url, rules);
      const answer = await request(url, {
        dispatcher: agent,
        method: current.method as Dispatcher.HttpMethod,
        headers: current.headers,
        body: current.body,
        signal,
        headersTimeout: current.timeoutMs,
        bodyTimeout: current.timeoutMs,
      });
      const location = isRedirect(answer.statusCode) && current.redirect !== "manual" ? answer.headers.location : undefined;
      if (typeof location !== "string") return responseOf(answer, url);
      await answer.body.dump({ limit: 64 * 1024, signal });
      if (current.redirect === "error") throw new RunwrightError("HTTP_REFUSED", `${url.origin} redirects, and the request doesn't allow that`);
      if (redirects === MAX_REDIRECTS) throw new RunwrightError("HTTP_REFUSED", `more than ${MAX_REDIRECTS} redirects, the last one from ${url.origin}`);
      current = redirected(current, answer.statusCode, url, location, grants);
    }
  }

  return {
    async send(first, grants, signal) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(first.timeoutMs)]);
      try {
        return await send(first, grants, limited);
      } catch (error) {
        if (isRunwrightError(error)) throw error;
        if (error instanceof Error && isRunwrightError(error.cause)) throw error.cause;
        const host = new URL(first.url).host;
        if (limited.aborted && !signal.aborted) throw new RunwrightError("HTTP_FAILED", `${host} took longer than ${first.timeoutMs} ms`, { cause: error });
        throw new RunwrightError("HTTP_FAILED", `${host} didn't answer: ${error instanceof Error ? error.message || error.name : String(error)}`, {
          cause: error,
        });
      }
    },
    close: () => agent.destroy(),
  };
}

const isRedirect = (status: number): boolean => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;

function redirected(from: Request, status: number, base: URL, location: string, grants: readonly string[]): Request {
  const url = URL.parse(location, base);
  if (url === null || !grants.some((grant) => grantOpens(grant, url))) {
    throw new RunwrightError("HTTP_REFUSED", `${base.origin} redirects to ${url?.origin ?? "no URL"}, which the runbook doesn't declare in permissions.http`);
  }
  // Fetch standard, HTTP-redirect fetch: these become GET without a body.
  const becomesGet = status === 303 ? from.method !== "GET" && from.method !== "HEAD" : (status === 301 || status === 302) && from.method === "POST";
  const isSameOrigin = url.origin === base.origin;
  const kept = Object.entries(from.headers).filter(
    ([name]) => (isSameOrigin || HARMLESS_HEADERS.includes(name.toLowerCase())) && !(becomesGet && /^content-|^idempotency-key$/i.test(name)),
  );
  return { ...from, url: url.href, headers: Object.fromEntries(kept), ...(becomesGet ? { method: "GET", body: null } : {}) };
}

/** An address in the URL itself is never looked up. */
function checkLiteral(url: URL, rules: AddressRules): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !rules.isAllowed(host, host)) throw refused(host, [host]);
}

function checkedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "", 0);
        return;
      }
      const allowed = addresses.filter(({ address }) => rules.isAllowed(hostname, address));
      const [first] = allowed;
      if (first === undefined)
        callback(
          refused(
            hostname,
            addresses.map(({ address }) => address),
          ),
          "",
          0,
        );
      else if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

const refused = (hostname: string, addresses: readonly string[]): RunwrightError =>
  new RunwrightError(
    "HTTP_REFUSED",
    `${hostname} is at ${addresses.join(", ")}, which isn't a public address; the operator can open it in the engine's configuration`,
  );

async function responseOf({ statusCode, statusText, headers, body }: Dispatcher.ResponseData, url: URL): Promise<Response> {
  const joined = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]));
  const bytes = await bodyOf(
    body,
    String(headers["content-encoding"] ?? "")
      .trim()
      .toLowerCase(),
  );
  url.hash = "";
  const head = { status: statusCode, statusText: statusText ?? "", url: url.href, headers: Object.fromEntries(joined) as Record<string, string> };
  const text = utf8(bytes);
  return text === undefined ? { ...head, base64: bytes.toString("base64") } : { ...head, text };
}

/** Reads and decompresses; stops as soon as either form is too large, so that a small answer can't become a large one. */
async function bodyOf(body: Dispatcher.ResponseData["body"], encoding: string): Promise<Buffer> {
  const decoder =
    encoding === "gzip" || encoding === "x-gzip"
      ? createGunzip()
      : encoding === "deflate"
        ? createInflate()
        : encoding === "br"
          ? createBrotliDecompress()
          : null;
  let received = 0;
  body.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > MAX_RESPONSE_BYTES) body.destroy(tooLarge());
  });
  if (decoder !== null) body.on("error", (error) => decoder.destroy(error));
  const source = decoder === null ? body : body.pipe(decoder);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    body.on("error", () => {}); // it may still be told that nobody reads it any more
    body.destroy();
  }
  return Buffer.concat(chunks);
}

const tooLarge = (): RunwrightError => new RunwrightError("TOO_LARGE", `the answer is larger than ${MAX_RESPONSE_BYTES} bytes`);

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // other bytes travel in base 64
  }
}
