import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { allowedScopes } from "../../core/role.ts";
import { Install, InstallsQuery, Package, Update, UpdateQuery } from "../../protocol/http/machines.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { InstallRecord } from "../../store/records/installs.ts";
import type { UpdatePlace } from "../../store/records/updates.ts";
import { type ListedUpdate, searchUpdates } from "../../updates/search.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

export function updateRoutes(app: App, { store, clock }: Pick<RouteParts, "store" | "clock">): void {
  app.get(
    "/api/v1/updates",
    {
      config: { door: "update.read" },
      schema: { summary: "List missing updates by machine and name", tags: ["updates"], querystring: UpdateQuery, response: { 200: PageOf(Update) } },
    },
    async (request) => {
      const { cursor, limit = 100, machine, overdue, ...filter } = request.query;
      const { actor } = callerOf(request);
      const after = cursor ? placeOf(readCursor("updates", "string", cursor)) : undefined;
      const one = machine === undefined ? undefined : await visibleMachine(store, actor, machine);
      const found = await searchUpdates(store, {
        ...filter,
        ...(overdue ? { overdueAt: clock.now() } : {}),
        scopes: allowedScopes(actor, "update.read"),
        limit: limit + 1,
        ...(after ? { after } : {}),
        ...(one ? { machineIds: [one.id] } : {}),
      });
      const last = found[limit - 1];
      return { items: found.slice(0, limit).map(toUpdate), next: found.length > limit && last ? makeCursor("updates", textOf(last)) : null };
    },
  );

  app.get(
    "/api/v1/machines/:name/installs",
    {
      config: { door: "update.read" },
      schema: {
        summary: "List what was installed on a machine, newest first",
        tags: ["updates"],
        params: Type.Object({ name: Type.String() }),
        querystring: InstallsQuery,
        response: { 200: PageOf(Install) },
      },
    },
    async (request) => {
      const { cursor, limit = 20 } = request.query;
      const machine = await visibleMachine(store, callerOf(request).actor, request.params.name);
      const [startedAt = "", commandId = ""] = cursor ? readCursor("installs", "string", cursor).split(" ") : [];
      const after = cursor ? { startedAt: Number(startedAt), commandId } : null;
      const found = await store.read.installs.ofMachine(machine.id, { after, limit: limit + 1 });
      const last = found[limit - 1];
      return {
        items: found.slice(0, limit).map((install) => toInstall(install, machine.name)),
        next: found.length > limit && last ? makeCursor("installs", `${last.startedAt} ${last.commandId}`) : null,
      };
    },
  );

  app.get(
    "/api/v1/machines/:name/installs/:id",
    {
      config: { door: "update.read" },
      schema: {
        summary: "Show what one command installed on a machine",
        tags: ["updates"],
        params: Type.Object({ name: Type.String(), id: Type.String({ description: "Of the command" }) }),
        response: { 200: Install },
      },
    },
    async (request) => {
      const { name, id } = request.params;
      const machine = await visibleMachine(store, callerOf(request).actor, name);
      const install = await store.read.installs.get(id);
      if (install?.machineId !== machine.id) throw new RunwrightError("NOT_FOUND", `no command ${id.slice(0, 64)} has installed anything on ${machine.name}`);
      return toInstall(install, machine.name);
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

const textOf = ({ machine, name, architecture, candidateVersion }: UpdatePlace): string => [machine, name, architecture, candidateVersion].join("\n");
function placeOf(text: string): UpdatePlace {
  const [machine = "", name = "", architecture = "", candidateVersion = ""] = text.split("\n");
  return { machine, name, architecture, candidateVersion };
}

function toUpdate({ machineId: _, reported: __, firstSeenAt, dueAt, exploitedSince, cves, advisories, title, sizeBytes, ...update }: ListedUpdate): Update {
  const times = { firstSeenAt: toTime(firstSeenAt), dueAt: toTimeOrNull(dueAt), exploitedSince: toTimeOrNull(exploitedSince) };
  return { ...update, title: title ?? null, cves: [...cves], advisories: [...advisories], sizeBytes: sizeBytes ?? null, ...times };
}

function toInstall({ machineId: _, startedAt, endedAt, repairs, updates, ...install }: InstallRecord, machine: string): Install {
  const times = (one: { startedAt: number | null; endedAt: number | null }) => ({ startedAt: toTimeOrNull(one.startedAt), endedAt: toTimeOrNull(one.endedAt) });
  return {
    ...{ ...install, machine, startedAt: toTime(startedAt), endedAt: toTimeOrNull(endedAt), repairs: [...repairs] },
    updates: updates.map((update) => ({ ...update, ...times(update) })),
  };
}
