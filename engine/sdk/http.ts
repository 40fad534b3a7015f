import type { Duration } from "./duration.ts";

/** Grants may hold wildcards for subdomains: `https://*.example.com`. */
type Expand<Grant extends string> = Grant extends `${infer Before}*${infer After}` ? `${Before}${string}${Expand<After>}` : Grant;

/**
 * The URLs that a grant opens: the origin itself and everything under it, or everything that begins with origin and path prefix.
 * An origin must be followed by `/`, `?` or `#`, so that `https://api.example.com` doesn't open `https://api.example.com.elsewhere.net`.
 */
export type AllowedUrl<Grant extends string> = Grant extends `${string}://${string}/${string}`
  ? Grant extends `${string}/`
    ? `${Expand<Grant>}${string}`
    : Expand<Grant> | `${Expand<Grant>}${"/" | "?" | "#"}${string}`
  : Expand<Grant> | `${Expand<Grant>}${"/" | "?" | "#"}${string}`;

export interface HttpInit {
  /** Default `GET`. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  headers?: Record<string, string>;
  /** Text or bytes are sent as they are; use `json` for values. */
  body?: string | Uint8Array;
  /** A value that is sent as JSON with its content type. */
  json?: unknown;
  /** For the whole exchange; default 30 s. */
  timeout?: Duration;
  /** What happens with 3xx: `follow` (default; every hop must be granted too), `manual` (the answer is returned), `error`. */
  redirect?: "follow" | "manual" | "error";
  /**
   * A request that changes something is sent again, with the same `Idempotency-Key`, when a crash left its outcome unknown. `never`: it isn't, and the
   * call fails with code HTTP_UNKNOWN.
   */
  retry?: "never";
}

/** An answer, complete: the body was read before the call returned. */
export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** Whether the status is 200 to 299. */
  readonly ok: boolean;
  /** The address that answered, after redirects. */
  readonly url: string;
  /** Names in lower case; repeated headers are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
  json<Value = unknown>(): Promise<Value>;
  bytes(): Promise<Uint8Array>;
}

export interface Http<Grant extends string = string> {
  /**
   * Sends one request to a granted address. Status codes don't throw.
   * @throws an error with code HTTP_REFUSED (the address isn't granted, or is private and not opened by the operator) or HTTP_FAILED (no answer)
   */
  fetch(url: AllowedUrl<Grant>, init?: HttpInit): Promise<HttpResponse>;
}
