import { RunwrightError } from "../../core/errors.ts";
import { createChanges } from "../changes.ts";
import { credentialOf } from "../credential.ts";
import { createEventSession } from "../event-session.ts";
import { type App, callerOf } from "../request.ts";
import { upgradeOf } from "../upgrade.ts";
import { createWebSockets } from "../web-sockets.ts";
import type { RouteParts } from "./parts.ts";

const MAX_MESSAGE_BYTES = 16 * 1024;

/** Live streams of jobs, and word of changes; see protocol/http/jobs.ts for what is said. */
export function eventsRoutes(
  app: App,
  { store, jobs, tokens, stopping, publicUrl }: Pick<RouteParts, "store" | "jobs" | "tokens" | "stopping" | "publicUrl">,
): void {
  const changes = createChanges({ store });
  const sockets = createWebSockets(app, { protocol: "runwright.events", secrets: ["bearer."], maxMessageBytes: MAX_MESSAGE_BYTES, stopping });

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
      const { token } = credentialOf(request, publicUrl);
      reply.hijack();
      sockets.accept(request.raw, reply.raw, upgrade, (socket) =>
        createEventSession({ socket, actor: caller.actor, reauthenticate: () => tokens.authenticate(token), store, feed: jobs.feed, changes }),
      );
    },
  );
}
