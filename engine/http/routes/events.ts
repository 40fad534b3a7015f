import { type WebSocket, WebSocketServer } from "ws";
import { RunwrightError } from "../../core/errors.ts";
import { createChanges } from "../changes.ts";
import { createEventSession } from "../event-session.ts";
import { type App, callerOf } from "../request.ts";
import { upgradeOf } from "../upgrade.ts";
import type { RouteParts } from "./parts.ts";

const MAX_MESSAGE_BYTES = 16 * 1024;
/** Names that a client may offer; the second carries a token for browsers, which can't set headers. */
const PROTOCOL = "runwright.events";

/** Live streams of jobs, and word of changes; see protocol/http/jobs.ts for what is said. */
export function eventsRoutes(app: App, { store, jobs, tokens, stopping }: Pick<RouteParts, "store" | "jobs" | "tokens" | "stopping">): void {
  const changes = createChanges({ store });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : ([...offered].find((one) => !one.startsWith("bearer.")) ?? false)),
  });
  const closeAll = () => {
    for (const socket of sockets.clients) socket.close(1012, "the engine is stopping");
  };
  stopping.addEventListener("abort", closeAll);
  app.addHook("onClose", async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  });

  app.get(
    "/api/v1/events",
    {
      config: { door: "job.read" },
      schema: { summary: "WebSocket: what jobs write and how they move, live; `after` resumes. And which lists have changed", tags: ["jobs"] },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const upgrade = upgradeOf(request.raw);
      if (!upgrade) throw new RunwrightError("BAD_REQUEST", "this is a WebSocket: ask for an upgrade; GET /api/v1/jobs/ID/streams reads without one");
      const bearer =
        /^Bearer +(\S+)/i.exec(request.headers.authorization ?? "")?.[1] ??
        /bearer\.([^,\s]+)/.exec(String(request.headers["sec-websocket-protocol"] ?? ""))?.[1] ??
        "";
      reply.hijack();
      reply.raw.detachSocket(upgrade.socket as import("node:net").Socket);
      sockets.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket: WebSocket) => {
        createEventSession({ socket, actor: caller.actor, reauthenticate: () => tokens.authenticate(bearer), store, feed: jobs.feed, changes });
      });
    },
  );
}
