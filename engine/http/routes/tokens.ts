import { Type } from "typebox";
import type { TokenView } from "../../access/tokens.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import { parseScope } from "../../core/scope.ts";
import { NewToken, Token, TokenRequestBody } from "../../protocol/http/access.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

export function tokenRoutes(app: App, { tokens, store, clock }: Pick<RouteParts, "tokens" | "store" | "clock">): void {
  app.post(
    "/api/v1/tokens",
    {
      config: { door: "token.write", operation: "token.create" },
      schema: { summary: "Make an API token; it is shown this once", tags: ["access"], body: TokenRequestBody, response: { 201: NewToken } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { name, principal, role = null, scope, expiresIn } = request.body;
      const owner = principal === undefined ? { id: caller.actor.id } : await store.read.principals.byName(principal);
      if (!owner) throw new RunwrightError("NOT_FOUND", `there is no principal "${principal}"; GET /api/v1/principals lists them`);
      const expiresAt = expiresIn === undefined ? null : clock.now() + parseDuration(expiresIn);
      const made = await tokens.create({ name, principalId: owner.id, role, scope: scope === undefined ? null : parseScope(scope), expiresAt }, caller);
      return reply.code(201).send({ ...toToken(made.token), token: made.text });
    },
  );

  app.get(
    "/api/v1/tokens",
    {
      config: { door: "signedIn" },
      schema: { summary: "List your own tokens and those that you may revoke", tags: ["access"], response: { 200: PageOf(Token) } },
    },
    async (request) => ({ items: (await tokens.list(callerOf(request).actor)).map(toToken), next: null }),
  );

  app.delete(
    "/api/v1/tokens/:id",
    {
      config: { door: "signedIn", operation: "token.revoke" },
      schema: {
        summary: "Revoke a token: your own, or as an administrator",
        tags: ["access"],
        params: Type.Object({ id: Type.String() }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await tokens.revoke(request.params.id, callerOf(request));
      return reply.code(204).send(null);
    },
  );
}

const toToken = ({ id, name, principal, role, scope, grants, createdAt, createdBy, expiresAt, revokedAt, lastUsedAt, sessionOf }: TokenView): Token => ({
  id,
  name,
  principal,
  role,
  scope,
  grants: [...grants],
  createdAt: toTime(createdAt),
  createdBy,
  expiresAt: toTimeOrNull(expiresAt),
  revokedAt: toTimeOrNull(revokedAt),
  lastUsedAt: toTimeOrNull(lastUsedAt),
  sessionOf,
});
