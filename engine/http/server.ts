import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { ERRORS, RunwrightError } from "../core/errors.ts";
import { shownPath } from "../core/webhook.ts";
import { watchConnections } from "./connections.ts";
import { drain } from "./drain.ts";
import { documentApi } from "./openapi.ts";
import { localUrl } from "./own-url.ts";
import { retryAfter, toCatalogue, toProblem } from "./problem.ts";
import type { RateLimits } from "./rate-limit.ts";
import { type App, createDoorkeeper } from "./request.ts";
import { addRoutes } from "./routes/all.ts";
import type { RouteParts } from "./routes/parts.ts";
import { pinOf, type TlsIdentity } from "./tls.ts";
import { mayUpgrade, routeUpgrades } from "./upgrade.ts";
import { validatorCompiler } from "./validator.ts";

/** Bytes of a request's body, where a route doesn't say otherwise. */
export const BODY_LIMIT = 1024 * 1024;

export interface HttpOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** null: plain HTTP. */
  tls: TlsIdentity | null;
  /** Addresses or networks of proxies whose X-Forwarded-* headers are believed. */
  trustedProxies: readonly string[];
  /** How others reach this engine, such as `https://runwright.example.com`; null: as whoever asks has reached it. */
  publicUrl: string | null;
  rateLimits: RateLimits;
  /** At a stop connections have this long to end, milliseconds: requests to be answered, WebSockets to say goodbye. The rest is cut off. Default five seconds. */
  lingerMs?: number;
  /** A download of which its client has taken nothing for so long is ended, milliseconds: it holds what others wait for. Default a minute. */
  downloadIdleMs?: number;
}

const LINGER_MS = 5_000;
const DOWNLOAD_IDLE_MS = 60_000;

export interface HttpParts extends Omit<RouteParts, "stopping" | "downloadIdleMs" | "listensOn" | "publicUrl" | "tlsPin" | "localPin" | "setup"> {
  /** How long assessments and installs are kept, milliseconds. */
  historyMs: number;
  options: HttpOptions;
}

export interface HttpAddress {
  /** Such as `http://127.0.0.1:4680`. */
  url: string;
  /** The same for programs on this machine, past any proxy. */
  localUrl: string;
  host: string;
  port: number;
  /** Of the self-signed certificate. */
  tlsPin?: string;
  /** Of whatever certificate is served. Programs on this machine pin it, for the certificate's name and authority may mean nothing to them. */
  localPin?: string;
}

export interface Http {
  /** @throws PORT_TAKEN, CONFIG_INVALID when the address isn't one of this machine's */
  listen(): Promise<HttpAddress>;
  /** Answers a request without a network, for tests. */
  inject: App["inject"];
  /** All routes with the door each one has. */
  routes: readonly { method: string; path: string; door: string }[];
  /** Waits for no one longer than it must: requests that wait for a job are answered with the job as it is. */
  stop(): Promise<void>;
}

export async function createHttp(parts: HttpParts): Promise<Http> {
  const { options, log, metrics } = parts;
  const { lingerMs = LINGER_MS, downloadIdleMs = DOWNLOAD_IDLE_MS } = options;
  const stopping = new AbortController();
  const connections = watchConnections();
  const doorkeeper = createDoorkeeper({ ...parts, limits: options.rateLimits, publicUrl: options.publicUrl });
  const routes: { method: string; path: string; door: string }[] = [];

  const app: App = Fastify({
    serverFactory: (handler) => {
      const timeouts = { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 72_000, shouldUpgradeCallback: mayUpgrade };
      const server = (
        options.tls ? createTlsServer({ key: options.tls.key, cert: options.tls.certificate, ...timeouts }, handler) : createServer(timeouts, handler)
      ) as Server;
      connections.watch(server);
      return server;
    },
    logger: false,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    requestIdHeader: false,
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    forceCloseConnections: "idle",
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  // Replies are typed when they are compiled; the schemas document them. JSON.stringify leaves nothing out that a schema forgot.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.decorateRequest("signedIn", null);

  app.addHook("onRoute", (route) => {
    const door = route.config?.door;
    if (door === undefined) throw new Error(`route ${route.method} ${route.url} names no door`);
    for (const method of [route.method].flat()) if (method !== "HEAD") routes.push({ method, path: route.url, door });
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({ ...SECURITY_HEADERS, "x-request-id": request.id, ...(options.tls ? { "strict-transport-security": "max-age=31536000" } : {}) });
    if (stopping.signal.aborted && request.routeOptions.config.door !== "public")
      throw new RunwrightError("STOPPING", "the engine is stopping; try again in a moment");
    await doorkeeper.admit(request);
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.observeRequest({ method: request.method, route: request.routeOptions.url ?? "none", status: reply.statusCode, ms: reply.elapsedTime });
    log.debug(
      { method: request.method, path: shownPath(request.url), status: reply.statusCode, ms: Math.round(reply.elapsedTime), requestId: request.id },
      "request",
    );
  });

  async function answerError(given: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { error, known } = toCatalogue(given, request.routeOptions.bodyLimit);
    const about = { requestId: request.id, method: request.method, path: shownPath(request.url) };
    if (!known) log.error({ ...about, err: error.cause ?? error }, "a request failed for a reason that the engine doesn't know");
    else if (ERRORS[error.code].status >= 500) {
      // What will pass is told by whoever can do something about it; here it would be a line for each request.
      if (ERRORS[error.code].retry) log.debug({ ...about, code: error.code }, error.message);
      else log.error({ ...about, err: error }, error.message);
    }
    await doorkeeper.noteRefusal(request, error).catch((cause) => log.error({ ...about, err: cause }, "a refused attempt couldn't be recorded"));
    const wait = retryAfter(error);
    if (wait !== undefined) reply.header("retry-after", String(wait));
    if (ERRORS[error.code].status === 401) reply.header("www-authenticate", 'Bearer realm="runwright"');
    await drain(request.raw);
    const problem = toProblem(error, { instance: shownPath(request.url), requestId: request.id });
    await reply.code(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  }
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((request) => {
    throw new RunwrightError("NOT_FOUND", `there is no ${request.method} ${shownPath(request.url).slice(0, 200)}; /api/openapi.json lists what there is`);
  });

  await documentApi(app);
  // Behind a proxy others see the proxy's certificate.
  const isDirect = options.publicUrl === null && options.trustedProxies.length === 0;
  addRoutes(app, {
    ...parts,
    stopping: stopping.signal,
    downloadIdleMs,
    listensOn: options.host,
    publicUrl: options.publicUrl,
    setup: { historyMs: parts.historyMs, rateLimits: options.rateLimits, tls: options.tls },
    tlsPin: (isDirect && options.tls?.pin) || null,
    localPin: options.tls ? pinOf(options.tls.certificate) : null,
  });
  await app.ready();
  routeUpgrades(app.server, (request, response) => app.routing(request, response), { "/agent": parts.fleet.acceptAgent });

  return {
    inject: app.inject.bind(app) as App["inject"],
    routes,
    async listen() {
      try {
        await app.listen({ host: options.host, port: options.port });
      } catch (cause) {
        throw listenError(cause, options);
      }
      const { port } = app.server.address() as AddressInfo;
      const pin = options.tls?.pin;
      const url = localUrl({ scheme: options.tls ? "https" : "http", host: options.host, port });
      const localPin = options.tls && pinOf(options.tls.certificate);
      return { url, localUrl: url, host: options.host, port, ...(pin ? { tlsPin: pin } : {}), ...(localPin ? { localPin } : {}) };
    },
    async stop() {
      stopping.abort();
      const timer = setTimeout(() => log.warn({ connections: connections.cutOff() }, "connections didn't end in time and were cut off"), lingerMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};

/** A client's own request id is taken over when it can't harm a log. */
function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[A-Za-z0-9._-]{8,100}$/.test(given) ? given : randomUUID();
}

function listenError(cause: unknown, { host, port }: HttpOptions): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE")
    return new RunwrightError("PORT_TAKEN", `port ${port} on ${host} is taken, perhaps by another engine; stop it, or choose another one with --port`, {
      cause,
    });
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EACCES") {
    return new RunwrightError("CONFIG_INVALID", `the engine can't listen on ${host} port ${port} (${code}); choose another address with --host or --port`, {
      cause,
    });
  }
  return cause;
}
