import { Type } from "typebox";
import { allowedScopes } from "../../core/role.ts";
import { worstOf, worstOfAll } from "../../core/vulnerability.ts";
import { CveGroup, FacetsQuery, MachineFacets, UpdateGroup, UpdateGroupQuery } from "../../protocol/http/fleet.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import { aboutCves } from "../../updates/fleet/about-cves.ts";
import { byMachines, classOf, type UpdateGroup as Group, type GroupPlace, newestVersion } from "../../updates/fleet/update-groups.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, callerOf } from "../request.ts";
import { visibleMachine } from "./machines.ts";
import type { RouteParts } from "./parts.ts";

const MOST_NAMED = 10;

/** Questions about many machines at once. */
export function fleetRoutes(app: App, { store, views }: Pick<RouteParts, "store" | "views">): void {
  app.get(
    "/api/v1/machines/facets",
    {
      config: { door: "machine.read" },
      schema: {
        summary: "Count machines by state, compliance, scope, system, agent and tag",
        tags: ["machines"],
        querystring: FacetsQuery,
        response: { 200: MachineFacets },
      },
    },
    async (request) => views.facets({ scopes: allowedScopes(callerOf(request).actor, "machine.read"), ...request.query }),
  );

  app.get(
    "/api/v1/updates/groups",
    {
      config: { door: "update.read" },
      schema: {
        summary: "List missing updates by name, or vulnerabilities, with how many machines miss them, most first",
        tags: ["updates"],
        querystring: UpdateGroupQuery,
        response: { 200: PageOf(Type.Union([UpdateGroup, CveGroup])) },
      },
    },
    async (request) => {
      const { cursor, limit = 50, by, machine, selector, search, ...filters } = request.query;
      const { actor } = callerOf(request);
      const one = machine === undefined ? undefined : await visibleMachine(store, actor, machine);
      const list = `updates by ${by}`;
      const after = cursor ? placeOf(readCursor(list, "string", cursor)) : undefined;
      const all = await views.groups({
        ...{ by, filters, scopes: allowedScopes(actor, "update.read") },
        ...(one ? { machine: one.name } : {}),
        ...(selector === undefined ? {} : { selector }),
        ...(search === undefined ? {} : { search }),
      });
      const from = after ? all.findIndex((group) => byMachines(group, after) > 0) : 0;
      const shown = from < 0 ? [] : all.slice(from, from + limit);
      const last = shown.at(-1);
      return {
        items: by === "update" ? shown.map(toUpdateGroup) : await toCveGroups(shown),
        next: last && from + limit < all.length ? makeCursor(list, `${last.machines} ${last.key}`) : null,
      };
    },
  );

  async function toCveGroups(groups: readonly Group[]): Promise<CveGroup[]> {
    const about = await aboutCves(
      store,
      groups.map(({ key }) => key),
    );
    return groups.map(({ key, firstSeenAt, offers, machines, overdue, verdicts }) => {
      const known = about.get(key);
      const names = [...new Set(offers.map(({ name }) => name))].sort();
      return {
        ...{ by: "cve", cve: key, updates: names.slice(0, MOST_NAMED), updateCount: names.length, machines, overdue, verdicts },
        firstSeenAt: toTime(firstSeenAt),
        exploitedSince: toTimeOrNull(known?.exploitedSince ?? null),
        epss: known?.epss ?? null,
        severity: known && known.severity !== "unspecified" ? known.severity : worstOf(offers.map(({ severity }) => severity)),
      };
    });
  }
}

function toUpdateGroup({ key, firstSeenAt, offers, machines, overdue, verdicts }: Group): UpdateGroup {
  const { severity, exploitedSince, epss } = worstOfAll(offers);
  return {
    ...{ by: "update", name: key, machines, overdue, verdicts, severity, epss },
    kind: offers.some(({ kind }) => kind === "patch") ? "patch" : "package",
    title: offers.find(({ title }) => title !== null)?.title ?? null,
    newestVersion: newestVersion(offers),
    versions: new Set(offers.map(({ candidateVersion }) => candidateVersion)).size,
    classification: classOf(offers),
    cves: new Set(offers.flatMap(({ cves }) => cves)).size,
    firstSeenAt: toTime(firstSeenAt),
    exploitedSince: toTimeOrNull(exploitedSince),
  };
}

function placeOf(text: string): GroupPlace {
  const space = text.indexOf(" ");
  return { machines: Number(text.slice(0, space)), key: text.slice(space + 1) };
}
