import { requireAction } from "../../access/authorize.ts";
import { allowedScopes } from "../../core/role.ts";
import { ROOT_SCOPE } from "../../core/scope.ts";
import { Activity, ActivityQuery, Verified } from "../../protocol/http/access.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import type { ActivityRecord } from "../../store/records/activity.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { readRange } from "../range.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

export function activityRoutes(app: App, { store }: Pick<RouteParts, "store">): void {
  app.get(
    "/api/v1/activity",
    {
      config: { door: "activity.read" },
      schema: { summary: "List who did what, newest first", tags: ["activity"], querystring: ActivityQuery, response: { 200: PageOf(Activity) } },
    },
    async (request) => {
      const { cursor, limit = 100, actor, operation, target, result, ...range } = request.query;
      const found = await store.read.activity.list({
        scopes: allowedScopes(callerOf(request).actor, "activity.read"),
        limit: limit + 1,
        ...(actor ? { actorName: actor } : {}),
        ...(operation ? { operation } : {}),
        ...(target ? { target } : {}),
        ...(result ? { result } : {}),
        ...readRange(range),
        ...(cursor ? { before: readCursor("activity", "number", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(toActivity), next: found.length > limit && last ? makeCursor("activity", last.seq) : null };
    },
  );

  app.get(
    "/api/v1/activity/verify",
    {
      config: { door: "activity.read" },
      schema: { summary: "Check that no entry was changed, removed or put in", tags: ["activity"], response: { 200: Verified } },
    },
    async (request) => {
      requireAction(callerOf(request).actor, "activity.read", ROOT_SCOPE);
      return store.read.activity.verify();
    },
  );
}

function toActivity({
  seq,
  at,
  actorId,
  actorKind,
  actorName,
  address,
  operation,
  target,
  scope,
  result,
  correlationId,
  details,
  hash,
}: ActivityRecord): Activity {
  const actor = { id: actorId, kind: actorKind, name: actorName };
  return { seq, at: toTime(at), actor, address, operation, target, scope, result, correlationId, ...(details === undefined ? {} : { details }), hash };
}
