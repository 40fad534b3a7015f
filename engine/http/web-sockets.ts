import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { App } from "./request.ts";
import type { Upgrade } from "./upgrade.ts";

export interface WebSocketParts {
  /** What clients ask for by name, such as `runwright.events`. */
  protocol: string;
  /** Beginnings of other names under which clients that can't set headers hand over something secret: never said back. */
  secrets: readonly string[];
  maxMessageBytes: number;
  stopping: AbortSignal;
}

/** The WebSockets of one route. When the engine stops, their clients are told; those that say nothing to that are cut off with all other connections. */
export function createWebSockets(app: App, { protocol, secrets, maxMessageBytes, stopping }: WebSocketParts) {
  const isSecret = (name: string) => secrets.some((beginning) => name.startsWith(beginning));
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : ([...offered].find((one) => !isSecret(one)) ?? false)),
  });
  const sendAway = (socket: WebSocket) => socket.close(1012, "the engine is stopping");
  stopping.addEventListener("abort", () => sockets.clients.forEach(sendAway));
  app.addHook("onClose", async () => sockets.close());

  return {
    /** Makes one of an upgrade request that has passed all checks; its answer is ours from then on. */
    accept(request: IncomingMessage, response: ServerResponse, { socket, head }: Upgrade, open: (webSocket: WebSocket) => void): void {
      response.detachSocket(socket as Socket);
      sockets.handleUpgrade(request, socket, head, (opened) => {
        open(opened);
        // It was let in just before the others were told.
        if (stopping.aborted) sendAway(opened);
      });
    },
  };
}
