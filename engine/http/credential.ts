import type { FastifyRequest } from "fastify";
import { RunwrightError } from "../core/errors.ts";
import { sessionOf } from "./session-cookie.ts";
import { upgradeOf } from "./upgrade.ts";

/** A token, and how it came: browsers send cookies by themselves, also for pages of others; a header is set by whoever has the token. */
export interface Credential {
  by: "header" | "cookie";
  token: string;
}

/** The cookie counts only where no header says who asks. @throws UNAUTHENTICATED when nothing does */
export function credentialOf(request: FastifyRequest, publicUrl: string | null): Credential {
  const { authorization } = request.headers;
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
  const token =
    bearer ??
    offeredProtocols(request)
      .find((one) => one.startsWith(BEARER))
      ?.slice(BEARER.length);
  if (token) return { by: "header", token };
  const session = authorization === undefined && !request.routeOptions.config.headerOnly ? sessionOf(request, publicUrl) : undefined;
  if (session !== undefined) return { by: "cookie", token: session };
  throw new RunwrightError(
    "UNAUTHENTICATED",
    "send the header Authorization: Bearer with an API token (`runwright login` or `runwright token create` gives one); a browser is signed in with `runwright login --browser`",
  );
}

/** Browsers can't set headers of a WebSocket, but name protocols. */
export function offeredProtocols(request: FastifyRequest): string[] {
  if (!upgradeOf(request.raw)) return [];
  return String(request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((one) => one.trim());
}

const BEARER = "bearer.";
