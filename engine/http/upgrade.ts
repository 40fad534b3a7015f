import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export interface Upgrade {
  socket: Duplex;
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** What came with a request that wants to become a WebSocket. */
export const upgradeOf = (request: IncomingMessage): Upgrade | undefined => upgrades.get(request);

/**
 * Only what can become a WebSocket is an upgrade. Any other request goes its ordinary way whatever else it offers (some clients offer h2c with each one):
 * on an upgraded connection its body would never be read, and no time limit holds.
 */
export const mayUpgrade = ({ method, headers }: IncomingMessage): boolean => method === "GET" && headers.upgrade?.toLowerCase() === "websocket";

/**
 * Sends upgrade requests through the same routes as all others, so that they meet the same checks and a refusal is an ordinary answer (as @fastify/websocket does it).
 * @param elsewhere paths whose owners take the upgrade themselves
 */
export function routeUpgrades(
  server: Server,
  routing: (request: IncomingMessage, response: ServerResponse) => void,
  elsewhere: Readonly<Record<string, (request: IncomingMessage, socket: Duplex, head: Buffer) => void>>,
): void {
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => socket.destroy()); // a client that goes away meanwhile must not end the engine
    const path = (request.url ?? "").split("?")[0] ?? "";
    const owner = Object.hasOwn(elsewhere, path) ? elsewhere[path] : undefined;
    if (owner) return owner(request, socket, head);
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.assignSocket(socket as import("node:net").Socket);
    response.shouldKeepAlive = false;
    // A client that doesn't end its side mustn't keep the connection: nothing follows.
    response.on("finish", () => socket.end(() => socket.destroy()));
    routing(request, response);
  });
}
