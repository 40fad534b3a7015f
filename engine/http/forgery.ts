import type { FastifyRequest } from "fastify";
import { RunwrightError } from "../core/errors.ts";
import { ownOrigin } from "./own-url.ts";
import { upgradeOf } from "./upgrade.ts";

/** A page sends it with each request: for pages of other origins browsers ask first (a CORS preflight), and the engine allows none. */
export const PAGE_HEADER = "x-runwright-request";
export const PAGE = "dashboard";

const SAFE = ["GET", "HEAD"];

/**
 * Whether a request that a browser has signed with a cookie comes from the engine's own page. Other ports of this computer are the same *site*: SameSite doesn't hold them back.
 * @param publicUrl how others reach this engine, when an operator has said so
 * @throws FORGERY_SUSPECTED
 */
export function requireOwnPage(request: FastifyRequest, publicUrl: string | null): void {
  const isSafe = SAFE.includes(request.method);
  if (upgradeOf(request.raw)) {
    // Browsers apply no same-origin policy to WebSockets, and always say where they come from.
    if (request.headers.origin === undefined) throw suspected("a WebSocket that is opened with a cookie must say its Origin");
  } else if (!isSafe && request.headers[PAGE_HEADER] !== PAGE)
    throw suspected(`what changes something needs the header ${PAGE_HEADER}: ${PAGE}, when a cookie says who asks`);
  requireOwnOrigin(request, publicUrl);
}

/** The part that holds for whoever isn't signed in, too: what a browser says of the page must be right; programs say nothing. @throws FORGERY_SUSPECTED */
export function requireOwnOrigin(request: FastifyRequest, publicUrl: string | null): void {
  const { origin, "sec-fetch-site": site } = request.headers;
  const ours = [ownOrigin(request)?.origin, publicUrl];
  if (origin !== undefined && !ours.includes(origin))
    throw suspected(
      "it comes from a page of another origin; if that is the engine's own address, behind a proxy, set `url` or name the proxy in `trustedProxies`",
    );
  // none: typed, or from a bookmark.
  const fine = SAFE.includes(request.method) && !upgradeOf(request.raw) ? ["same-origin", "none"] : ["same-origin"];
  if (site !== undefined && !fine.includes(String(site))) throw suspected("the browser says that it comes from another site or port");
}

const suspected = (why: string) => new RunwrightError("FORGERY_SUSPECTED", `the request may have been made by someone else's page: ${why}`);
