import { Type } from "typebox";
import { defaultScope } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Action, Actor } from "../../core/role.ts";
import { parseScope, type Scope } from "../../core/scope.ts";
import { Asset, AssetRequest, AssetScopeQuery } from "../../protocol/http/access.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import type { AssetRecord } from "../../store/records/assets.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
/** A value has at most 1 MiB, and JSON may write a character of it with six. */
const VALUE_LIMIT = 7 * 1024 * 1024;

/** No route gives a value back: they leave the engine as part of a job only. */
export function assetRoutes(app: App, { assets }: Pick<RouteParts, "assets">): void {
  app.get(
    "/api/v1/assets",
    {
      config: { door: "asset.list" },
      schema: { summary: "List variables and secrets by name, never their values", tags: ["assets"], response: { 200: PageOf(Asset) } },
    },
    async (request) => ({ items: (await assets.list(callerOf(request).actor)).map(toAsset), next: null }),
  );

  app.put(
    "/api/v1/assets/:name",
    {
      bodyLimit: VALUE_LIMIT,
      config: { door: "asset.write" },
      schema: { summary: "Set a variable or secret", tags: ["assets"], params: byName, body: AssetRequest, response: { 200: Asset } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { kind, scope, value } = request.body;
      if (value === undefined) throw new RunwrightError("BAD_REQUEST", "body must have value");
      const place = placeOf(caller.actor, "asset.write", scope);
      return toAsset(await assets.set({ scope: place, name: request.params.name, kind, value: value as Json }, caller));
    },
  );

  app.delete(
    "/api/v1/assets/:name",
    {
      config: { door: "asset.write" },
      schema: {
        summary: "Delete a variable or secret with all its values",
        tags: ["assets"],
        params: byName,
        querystring: AssetScopeQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      await assets.delete({ scope: placeOf(caller.actor, "asset.write", request.query.scope), name: request.params.name }, caller);
      return reply.code(204).send(null);
    },
  );
}

/** @throws SCOPE_INVALID, BAD_REQUEST when it isn't clear which scope is meant */
export const placeOf = (actor: Actor, action: Action, scope: string | undefined): Scope =>
  scope === undefined ? defaultScope(actor, action) : parseScope(scope);

const toAsset = ({ id, scope, name, kind, version, createdAt, createdBy, updatedAt, updatedBy }: AssetRecord): Asset => ({
  id,
  scope,
  name,
  kind,
  version,
  createdAt: toTime(createdAt),
  createdBy,
  updatedAt: toTime(updatedAt),
  updatedBy,
});
