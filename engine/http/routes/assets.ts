import { Type } from "typebox";
import type { GivenAsset } from "../../access/asset-values.ts";
import { defaultScope, requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Action, Actor } from "../../core/role.ts";
import { parseScope, type Scope } from "../../core/scope.ts";
import { Asset, AssetRequest, AssetScopeQuery, DeleteAssetQuery, ShownAsset, StoredAsset } from "../../protocol/http/access.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { AssetRecord } from "../../store/records/assets.ts";
import { type App, callerOf } from "../request.ts";
import { refuseBroken } from "./broken.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });
/** A value has at most 1 MiB, and JSON may write a character of it with six. */
const VALUE_LIMIT = 7 * 1024 * 1024;

/** No route gives a secret back: those leave the engine as part of a job only. */
export function assetRoutes(app: App, { assets, triggers }: Pick<RouteParts, "assets" | "triggers">): void {
  app.get(
    "/api/v1/assets",
    {
      config: { door: "asset.list" },
      schema: { summary: "List assets by name, without their values", tags: ["assets"], response: { 200: PageOf(Asset) } },
    },
    async (request) => ({ items: (await assets.list(callerOf(request).actor)).map(toAsset), next: null }),
  );

  app.get(
    "/api/v1/assets/:name",
    {
      config: { door: "asset.list" },
      schema: {
        summary:
          "Show an asset with what isn't secret of it: the value of a plain variable, a certificate without its key, a connection without its secret members",
        tags: ["assets"],
        params: byName,
        querystring: AssetScopeQuery,
        response: { 200: ShownAsset },
      },
    },
    async (request) => {
      const { actor } = callerOf(request);
      const { asset, ...shown } = await assets.show({ scope: placeOf(actor, "asset.list", request.query.scope), name: request.params.name }, actor);
      return { ...toAsset(asset), ...shown };
    },
  );

  app.put(
    "/api/v1/assets/:name",
    {
      bodyLimit: VALUE_LIMIT,
      config: { door: "asset.write" },
      schema: { summary: "Set an asset", tags: ["assets"], params: byName, body: AssetRequest, response: { 200: StoredAsset } },
    },
    async (request) => {
      const caller = callerOf(request);
      const { scope, ...given } = request.body;
      if (given.value === undefined) throw new RunwrightError("BAD_REQUEST", "body must have value");
      const place = placeOf(caller.actor, "asset.write", scope);
      const { asset, warnings } = await assets.set({ ...(given as GivenAsset), scope: place, name: request.params.name }, caller);
      return { ...toAsset(asset), warnings };
    },
  );

  app.delete(
    "/api/v1/assets/:name",
    {
      config: { door: "asset.write" },
      schema: {
        summary: "Delete an asset with all its values",
        tags: ["assets"],
        params: byName,
        querystring: DeleteAssetQuery,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { name } = request.params;
      const scope = placeOf(caller.actor, "asset.write", request.query.scope);
      requireAction(caller.actor, "asset.write", scope);
      if (!request.query.breakTriggers) {
        const broken = await triggers.brokenWithout({ scope, name });
        refuseBroken(caller.actor, { change: `deletion of ${name}`, instead: "give them another secret", broken });
      }
      await assets.delete({ scope, name }, caller);
      return reply.code(204).send(null);
    },
  );
}

/** @throws SCOPE_INVALID, BAD_REQUEST when it isn't clear which scope is meant */
export const placeOf = (actor: Actor, action: Action, scope: string | undefined): Scope =>
  scope === undefined ? defaultScope(actor, action) : parseScope(scope);

const toAsset = ({ deletedAt: _, notAfter, createdAt, updatedAt, ...asset }: AssetRecord): Asset => ({
  ...asset,
  expiresAt: toTimeOrNull(notAfter),
  createdAt: toTime(createdAt),
  updatedAt: toTime(updatedAt),
});
