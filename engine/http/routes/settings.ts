import { X509Certificate } from "node:crypto";
import { formatDuration } from "../../core/duration.ts";
import { type Actor, allowedScopes } from "../../core/role.ts";
import { ROOT_SCOPE, type Scope, scopeIncludes, upwards } from "../../core/scope.ts";
import { ScopeCounts, Settings } from "../../protocol/http/settings.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { TREND_DAYS } from "../../updates/fleet/trend.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** What there is to know of the engine itself, and of the tree of scopes. */
export function settingsRoutes(app: App, { store, version, publicUrl, setup }: Pick<RouteParts, "store" | "version" | "publicUrl" | "setup">): void {
  app.get(
    "/api/v1/scopes",
    {
      config: { door: "signedIn" },
      schema: {
        summary: "List the scopes in which you may see something, with those above them, and what lies in each",
        tags: ["overview"],
        response: { 200: ScopeCounts },
      },
    },
    async (request) => {
      const roots = rootsOf(callerOf(request).actor);
      const isVisible = (scope: Scope) => roots.some((root) => scopeIncludes(root, scope));
      const counts = new Map((await store.read.scopeCounts.all()).filter(({ scope }) => isVisible(scope)).map((one) => [one.scope, one]));
      const all = new Set([...roots, ...[...counts.keys()].flatMap(upwards).filter(isVisible)]);
      return { items: [...all].sort(byPlace).map((scope) => counts.get(scope) ?? { scope, machines: 0, runbooks: 0 }) };
    },
  );

  app.get(
    "/api/v1/settings",
    {
      config: { door: "settings.read" },
      schema: { summary: "How this engine is set up; nothing secret", tags: ["status"], response: { 200: Settings } },
    },
    async () => {
      const { kind, schemaVersion } = store.describe();
      const { historyMs, rateLimits, tls } = setup;
      return {
        ...{ version, database: { kind, schemaVersion }, url: publicUrl },
        tls: tls && { selfSigned: tls.pin !== undefined, expiresAt: toTime(new X509Certificate(tls.certificate).validToDate.getTime()) },
        retention: { history: formatDuration(historyMs), trend: `${TREND_DAYS}d` },
        rateLimits: { token: { ...rateLimits.token }, address: { ...rateLimits.address }, refused: { ...rateLimits.refused } },
      };
    },
  );
}

const rootsOf = (actor: Actor): Scope[] => [...new Set([...allowedScopes(actor, "machine.read"), ...allowedScopes(actor, "runbook.read")])];

/** Each behind the one above it: as `/` sorts, `/a/b` stands before `/a-b`. */
const byPlace = (a: Scope, b: Scope): number => {
  const [left, right] = [a, b].map((scope) => (scope === ROOT_SCOPE ? "" : scope.replaceAll("/", "\0")));
  return (left ?? "") < (right ?? "") ? -1 : 1;
};
