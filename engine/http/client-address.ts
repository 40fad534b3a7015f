import type { IncomingMessage } from "node:http";
import proxyAddr from "@fastify/proxy-addr";

/**
 * The address of whoever sent a request that doesn't come through the routes: what `request.ip` is there, found by the same library in the same way.
 * @param trustedProxies addresses or networks whose `X-Forwarded-For` is believed; none: the socket's own
 */
export function createClientAddress(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  if (trustedProxies.length === 0) return (request) => request.socket.remoteAddress ?? "";
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => proxyAddr.all(request, isTrusted).at(-1) ?? "";
}
