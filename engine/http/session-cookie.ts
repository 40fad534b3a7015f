import type { FastifyReply, FastifyRequest } from "fastify";
import { ownOrigin } from "./own-url.ts";

/**
 * The token of a browser's session, in a cookie that scripts can't read and pages of other sites can't make a browser send.
 * Cookies know no ports: the name carries the one that was asked, so that two engines of one computer don't sign each other out. Over TLS the prefix keeps others from
 * setting it (RFC 6265bis, 4.1.3.2).
 * @param publicUrl how others reach this engine: whoever asks for that host has come as it says, though a proxy that nobody trusts passes the request on in the clear
 */
function cookieName(request: FastifyRequest, publicUrl: string | null): string | undefined {
  const told = publicUrl === null ? null : URL.parse(publicUrl);
  const url = told && ownOrigin({ protocol: told.protocol.slice(0, -1), host: request.host })?.host === told.host ? told : ownOrigin(request);
  if (!url) return undefined;
  const isSecure = url.protocol === "https:";
  return `${isSecure ? "__Host-" : ""}runwright_session_${url.port || (isSecure ? 443 : 80)}`;
}

/** What the browser sent as the session's token. undefined: nothing, or several, of which one may be another's. */
export function sessionOf(request: FastifyRequest, publicUrl: string | null): string | undefined {
  const name = cookieName(request, publicUrl);
  if (name === undefined) return undefined;
  const [value, ...others] = (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.replace(/^ +| +$/g, ""))
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return others.length === 0 ? value : undefined;
}

/** @param maxAgeMs how long the browser keeps it; 0: it forgets it */
export function setSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, maxAgeMs, publicUrl }: { token: string; maxAgeMs: number; publicUrl: string | null },
): void {
  const name = cookieName(request, publicUrl);
  if (name === undefined) return;
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  const seconds = Math.max(0, Math.floor(maxAgeMs / 1_000));
  reply.header("set-cookie", `${name}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`);
}
