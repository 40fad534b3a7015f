import { Type } from "typebox";
import { allowedScopes } from "../../core/role.ts";
import { Package, Update, UpdateQuery } from "../../protocol/http/machines.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import type { UpdateRecord } from "../../store/records/updates.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

export function updateRoutes(app: App, { store }: Pick<RouteParts, "store">): void {
  app.get(
    "/api/v1/updates",
    {
      config: { door: "update.read" },
      schema: { summary: "List missing updates by machine and name", tags: ["updates"], querystring: UpdateQuery, response: { 200: PageOf(Update) } },
    },
    async (request) => {
      const { cursor, limit = 100, machine, classification } = request.query;
      const { actor } = callerOf(request);
      const offset = cursor ? readCursor("updates", "number", cursor) : 0;
      const one = machine === undefined ? undefined : await visibleMachine(store, actor, machine);
      const found = await store.read.updates.list({
        scopes: allowedScopes(actor, "update.read"),
        limit: limit + 1,
        offset,
        ...(one ? { machineIds: [one.id] } : {}),
        ...(classification ? { classification } : {}),
      });
      return { items: found.slice(0, limit).map(toUpdate), next: found.length > limit ? makeCursor("updates", offset + limit) : null };
    },
  );

  app.get(
    "/api/v1/machines/:name/packages",
    {
      config: { door: "update.read" },
      schema: {
        summary: "List what is installed on a machine",
        tags: ["updates"],
        params: Type.Object({ name: Type.String() }),
        response: { 200: PageOf(Package) },
      },
    },
    async (request) => {
      const machine = await visibleMachine(store, callerOf(request).actor, request.params.name);
      return { items: await store.read.updates.packages(machine.id), next: null };
    },
  );
}

function toUpdate({ machineId: _, firstSeenAt, cves, advisories, title, sizeBytes, ...update }: UpdateRecord & { machine: string }): Update {
  return { ...update, title: title ?? null, cves: [...cves], advisories: [...advisories], sizeBytes: sizeBytes ?? null, firstSeenAt: toTime(firstSeenAt) };
}
