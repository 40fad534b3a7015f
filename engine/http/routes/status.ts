import { Type } from "typebox";
import { API_LEVELS } from "../../core/api-level.ts";
import { RunwrightError } from "../../core/errors.ts";
import { About, Readiness } from "../../protocol/http/status.ts";
import { isLoopback } from "../loopback.ts";
import type { App } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** For supervisors and monitoring. Strangers on the network learn whether the engine lives and is ready; details stay on this machine. */
export function statusRoutes(app: App, { health, metrics, version, stopping }: Pick<RouteParts, "health" | "metrics" | "version" | "stopping">): void {
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
      config: { door: "public" },
      schema: { summary: "Whether the engine can work, and what an operator should know", tags: ["status"], response: { 200: Readiness, 503: Readiness } },
    },
    async (request, reply) => {
      const { ready, checks, warnings } = await health.readiness();
      const isReady = ready && !stopping.aborted;
      const isNear = isLoopback(request.ip);
      return reply.code(isReady ? 200 : 503).send({
        ready: isReady,
        version: isNear ? version : "",
        checks: checks.map(({ name, ok, detail }) => ({ name, ok, detail: isNear ? detail : "" })),
        warnings: isNear ? [...warnings] : [],
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
    { config: { door: "public" }, schema: { summary: "Measurements for Prometheus; from this machine only", tags: ["status"] } },
    async (request, reply) => {
      if (!isLoopback(request.ip)) throw new RunwrightError("PERMISSION_DENIED", "measurements are given to this machine only; let a Prometheus on it ask");
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );

  app.get("/api/openapi.json", { config: { door: "public" }, schema: { hide: true } as object }, async () => app.swagger());
}
