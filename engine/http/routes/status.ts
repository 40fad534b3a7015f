import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { API_LEVELS } from "../../core/api-level.ts";
import { RunwrightError } from "../../core/errors.ts";
import { ROOT_SCOPE } from "../../core/scope.ts";
import { About, Readiness } from "../../protocol/http/status.ts";
import { credentialOf } from "../credential.ts";
import { isFromHere } from "../loopback.ts";
import type { App } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** For supervisors and monitoring. Strangers on the network learn whether the engine lives and is ready; details are for this machine, and for whoever may read settings everywhere. */
export function statusRoutes(
  app: App,
  { health, metrics, tokens, version, stopping, publicUrl }: Pick<RouteParts, "health" | "metrics" | "tokens" | "version" | "stopping" | "publicUrl">,
): void {
  /** @throws PERMISSION_DENIED, UNAUTHENTICATED, TOKEN_MALFORMED, TOKEN_EXPIRED, TOKEN_REVOKED */
  async function requireToKnow(request: FastifyRequest): Promise<void> {
    if (isFromHere(request)) return;
    if (request.headers.authorization === undefined)
      throw new RunwrightError(
        "PERMISSION_DENIED",
        "this is told to programs on this machine, with no proxy in between, and to whoever sends a token of a reader at /",
      );
    requireAction(await tokens.authenticate(credentialOf(request, publicUrl).token), "settings.read", ROOT_SCOPE);
  }

  app.get(
    "/healthz",
    {
      config: { door: "public" },
      schema: { summary: "Whether the engine lives", tags: ["status"], response: { 200: Type.Object({ status: Type.Literal("alive") }) } },
    },
    async () => ({
      status: "alive" as const,
    }),
  );

  app.get(
    "/readyz",
    {
      config: { door: "public", headerOnly: true },
      schema: { summary: "Whether the engine can work, and what an operator should know", tags: ["status"], response: { 200: Readiness, 503: Readiness } },
    },
    async (request, reply) => {
      const { ready, checks, warnings } = await health.readiness();
      const isReady = ready && !stopping.aborted;
      // Whoever asks with a token that isn't good learns as much as without one: a supervisor wants to know whether the engine is ready.
      const isTold = await requireToKnow(request).then(
        () => true,
        () => false,
      );
      return reply.code(isReady ? 200 : 503).send({
        ready: isReady,
        version: isTold ? version : "",
        checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail: isTold ? detail : "" })),
        warnings: isTold ? [...warnings] : [],
      });
    },
  );

  app.get(
    "/api/v1/about",
    { config: { door: "signedIn" }, schema: { summary: "Version of the engine, and which clients it works with", tags: ["status"], response: { 200: About } } },
    async () => ({ version, api: API_LEVELS }),
  );

  app.get(
    "/metrics",
    {
      config: { door: "public", headerOnly: true },
      schema: { summary: "Measurements for Prometheus; for this machine, and for readers at /", tags: ["status"] },
    },
    async (request, reply) => {
      await requireToKnow(request);
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );

  app.get("/api/openapi.json", { config: { door: "public" }, schema: { hide: true } as object }, async () => app.swagger());
}
