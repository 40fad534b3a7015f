import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import { DebugBegun, DebugRequest, ReplayRequest } from "../../protocol/http/debug.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { MAX_INSPECTOR_CHARS } from "../../protocol/sandbox.ts";
import type { Store } from "../../store/store.ts";
import { credentialOf, offeredProtocols } from "../credential.ts";
import { serveDebugger } from "../debug-connection.ts";
import type { DebugBegun as Begun } from "../ports.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { upgradeOf } from "../upgrade.ts";
import { createWebSockets } from "../web-sockets.ts";
import { toJob, visibleJob } from "./jobs.ts";
import { narrowTo } from "./narrowing.ts";
import type { RouteParts } from "./parts.ts";
import { visibleRunbook } from "./runbooks.ts";

/** What a debugger says is small: names, positions, expressions. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const TICKET = "ticket.";
/** Where nobody says where the sources are: a place that no computer has. */
const NOWHERE = "file:///runwright/";

/** Debugging and replay; see protocol/http/debug.ts for what is said on the connection. */
export function debugRoutes(
  app: App,
  { store, clock, debugging, tokens, stopping, publicUrl }: Pick<RouteParts, "store" | "clock" | "debugging" | "tokens" | "stopping" | "publicUrl">,
): void {
  const sockets = createWebSockets(app, { protocol: "runwright.debug", secrets: ["bearer.", TICKET], maxMessageBytes: MAX_MESSAGE_BYTES, stopping });

  app.post(
    "/api/v1/debug",
    {
      config: { door: "runbook.test", operation: "debug.begin" },
      schema: {
        summary: "Begin a job for a debugger; its code is held until the debugger lets it go",
        tags: ["debug"],
        body: DebugRequest,
        response: { 201: DebugBegun },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { params = {}, draft, version, bundleHash, dry = false, machine, inspect = true, sourceRoot = NOWHERE } = request.body;
      if (draft && version !== undefined) throw new RunwrightError("BAD_REQUEST", "debug the draft or a version, not both");
      const runbook = await visibleRunbook(store, caller.actor, request.body.runbook);
      requireAction(caller.actor, "runbook.test", runbook.scope);
      const narrowedTo = await narrowTo(store, caller.actor, machine);
      const audit = auditOf(clock, caller);
      const begun = await debugging.debug({
        runbook: runbook.name,
        version: draft ? "draft" : (version ?? "latest"),
        ...(bundleHash === undefined ? {} : { bundleHash }),
        params,
        dry,
        narrowedTo,
        inspect,
        sourceRoot,
        caller,
        also: (tx, { id, scope, version: number }) =>
          audit(tx, {
            operation: "debug.begin",
            target: `job:${id}`,
            scope,
            details: { runbook: runbook.name, version: number, ...(dry ? { dry } : {}), ...(machine === undefined ? {} : { machine }) },
          }),
      });
      return reply.code(201).send(await toBegun(store, begun));
    },
  );

  app.post(
    "/api/v1/jobs/:id/replay",
    {
      config: { door: "runbook.test", operation: "debug.replay" },
      schema: {
        summary: "Repeat what an ended job did, from its journal, in a job of its own that withholds writes",
        tags: ["debug"],
        params: Type.Object({ id: Type.String() }),
        body: ReplayRequest,
        response: { 201: DebugBegun },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const job = await visibleJob(store, caller.actor, request.params.id);
      requireAction(caller.actor, "runbook.test", job.scope);
      const { from, allow = [], ask = false, inspect = true, sourceRoot = NOWHERE } = request.body;
      const audit = auditOf(clock, caller);
      const begun = await debugging.replay({
        jobId: job.id,
        ...(from === undefined ? {} : { from }),
        ...{ allow, ask, inspect, sourceRoot, caller },
        also: (tx, { id, scope }) =>
          audit(tx, {
            operation: "debug.replay",
            target: `job:${id}`,
            scope,
            details: { replayOf: job.id, ...(allow.length > 0 ? { allow } : {}), ...(ask ? { ask } : {}) },
          }),
      });
      return reply.code(201).send(await toBegun(store, begun));
    },
  );

  app.get(
    "/api/v1/debug/:session",
    {
      config: { door: "runbook.test", headerOnly: true },
      schema: {
        summary: "WebSocket: the connection of a debug session, opened once with its ticket",
        tags: ["debug"],
        params: Type.Object({ session: Type.String() }),
      },
    },
    async (request, reply) => {
      const { actor } = callerOf(request);
      const upgrade = upgradeOf(request.raw);
      if (!upgrade) throw new RunwrightError("BAD_REQUEST", "this is a WebSocket: ask for an upgrade");
      const offered = offeredProtocols(request);
      // Never in the address: that is what logs of engines and proxies hold.
      const ticket = request.headers["runwright-ticket"] ?? offered.find((one) => one.startsWith(TICKET))?.slice(TICKET.length) ?? "";
      const { token } = credentialOf(request, publicUrl);
      // Refused before the upgrade, as an ordinary answer.
      const client = serveDebugger({
        maxBacklogChars: 2 * MAX_INSPECTOR_CHARS,
        reauthenticate: async () => requireAction(await tokens.authenticate(token), "runbook.test", attached.scope),
      });
      const attached = debugging.attach({ session: request.params.session, ticket: String(ticket), actorId: actor.id }, client);
      reply.hijack();
      upgrade.socket.once("close", attached.left); // also when the handshake fails
      sockets.accept(request.raw, reply.raw, upgrade, (socket) => client.open(socket, attached));
    },
  );
}

async function toBegun(store: Pick<Store, "read">, { session, ticket, expiresAt, job }: Begun): Promise<DebugBegun> {
  return {
    session,
    ticket,
    expiresAt: toTime(expiresAt),
    job: toJob(job),
    sources: sourcesIn((await store.read.runbooks.bundle(job.bundleHash))?.sourceMap ?? null),
  };
}

/** The author's files, as they were when the bundle was made: drafts change, bundles don't. */
function sourcesIn(sourceMap: string | null): { path: string; text: string }[] {
  if (sourceMap === null) return [];
  try {
    const { sources, sourcesContent } = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: (string | null)[] };
    return sources.flatMap((path, i) => {
      const text = sourcesContent[i];
      return typeof text === "string" && !path.startsWith("<") ? [{ path, text }] : [];
    });
  } catch {
    return []; // a damaged map costs the sources, not the session
  }
}
