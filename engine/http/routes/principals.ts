import { Type } from "typebox";
import type { Grant } from "../../core/role.ts";
import { parseScope } from "../../core/scope.ts";
import { DisabledRequest, GrantsRequest, Principal, PrincipalRequest, WhoAmI } from "../../protocol/http/access.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { PrincipalRecord } from "../../store/records/principals.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const byId = Type.Object({ id: Type.String() });

export function principalRoutes(app: App, { principals }: Pick<RouteParts, "principals">): void {
  app.get(
    "/api/v1/whoami",
    { config: { door: "signedIn" }, schema: { summary: "Who you are here, and where you have which role", tags: ["access"], response: { 200: WhoAmI } } },
    async (request) => {
      const { id, kind, name, grants, tokenId } = callerOf(request).actor;
      return { id, kind, name, tokenId: tokenId ?? null, grants: [...grants] };
    },
  );

  app.get(
    "/api/v1/principals",
    { config: { door: "role.write" }, schema: { summary: "List users, services and agents", tags: ["access"], response: { 200: PageOf(Principal) } } },
    async () => ({ items: (await principals.list()).map(toPrincipal), next: null }),
  );

  app.post(
    "/api/v1/principals",
    {
      config: { door: "role.write", operation: "principal.create" },
      schema: { summary: "Add a user or service", tags: ["access"], body: PrincipalRequest, response: { 201: Principal } },
    },
    async (request, reply) => {
      const { kind, name, grants } = request.body;
      return reply.code(201).send(toPrincipal(await principals.create({ kind, name, grants: parseGrants(grants) }, callerOf(request))));
    },
  );

  app.put(
    "/api/v1/principals/:id/grants",
    {
      config: { door: "role.write" },
      schema: { summary: "Replace all roles of a principal", tags: ["access"], params: byId, body: GrantsRequest, response: { 200: Principal } },
    },
    async (request) => toPrincipal(await principals.setGrants(request.params.id, parseGrants(request.body.grants), callerOf(request))),
  );

  app.put(
    "/api/v1/principals/:id/disabled",
    {
      config: { door: "role.write" },
      schema: {
        summary: "Disable or enable a principal with all its tokens",
        tags: ["access"],
        params: byId,
        body: DisabledRequest,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await principals.setDisabled(request.params.id, request.body.disabled ? "disabled" : "enabled", callerOf(request));
      return reply.code(204).send(null);
    },
  );
}

const parseGrants = (grants: readonly Grant[]): Grant[] => grants.map(({ role, scope }) => ({ role, scope: parseScope(scope) }));

const toPrincipal = ({ id, kind, name, grants, createdAt, disabledAt }: PrincipalRecord): Principal => ({
  id,
  kind,
  name,
  grants: [...grants],
  createdAt: toTime(createdAt),
  disabledAt: toTimeOrNull(disabledAt),
});
