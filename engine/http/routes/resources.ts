import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { ResourceRecord } from "../../core/resource.ts";
import { type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import { DeleteQuery, Resource, ResourceQuery, ResourceRequest } from "../../protocol/http/resources.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import type { ResourceKind } from "../../resources/kind.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { placeOf } from "./assets.ts";
import type { RouteParts } from "./parts.ts";

const byName = Type.Object({ name: Type.String() });

/** The same four routes for each kind of stored resource. */
export function resourceRoutes(app: App, parts: Pick<RouteParts, "store" | "clock" | "resources">): void {
  for (const kind of parts.resources.kinds) routesOf(app, kind, parts);
}

function routesOf(app: App, rules: ResourceKind, { store, clock, resources }: Pick<RouteParts, "store" | "clock" | "resources">): void {
  const { kind, noun, actions } = rules;
  const path = `/api/v1/${noun}`;
  const tags = [noun];

  app.get(
    path,
    {
      config: { door: actions.read },
      schema: { summary: `List resources of the kind ${kind}, by name`, tags, querystring: ResourceQuery, response: { 200: PageOf(Resource) } },
    },
    async (request) => {
      const { cursor, limit = 100, search, runbook } = request.query;
      const found = await store.read.resources.list({
        kind,
        scopes: allowedScopes(callerOf(request).actor, actions.read),
        limit: limit + 1,
        ...(cursor ? { after: readCursor(noun, "string", cursor) } : {}),
        ...(search ? { search: search.toLowerCase() } : {}),
        ...(runbook ? { runbook } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: await shown(items), next: found.length > limit && last ? makeCursor(noun, last.name) : null };
    },
  );

  app.get(
    `${path}/:name`,
    { config: { door: actions.read }, schema: { summary: `Show one, with what the engine adds`, tags, params: byName, response: { 200: Resource } } },
    async (request) => only(await shown([visible(rules, callerOf(request).actor, await resources.get(kind, request.params.name))])),
  );

  app.put(
    `${path}/:name`,
    {
      config: { door: actions.write },
      schema: { summary: "Make it, or change it as a whole", tags, params: byName, body: ResourceRequest, response: { 200: Resource, 201: Resource } },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { name } = request.params;
      const { scope, spec, expectedRevision } = request.body;
      if (spec === undefined) throw new RunwrightError("BAD_REQUEST", "body must have spec");
      const known = await store.read.resources.byName(kind, name);
      const place =
        scope === undefined && known && isAllowed(caller.actor, actions.write, known.scope) ? known.scope : placeOf(caller.actor, actions.write, scope);
      requireAction(caller.actor, actions.write, place);
      const audit = auditOf(clock, caller);
      const { resource, before } = await store.write((tx) =>
        resources.put(
          tx,
          { kind, name, scope: place, spec },
          {
            actor: caller.actor,
            ...(expectedRevision === undefined ? {} : { expectedRevision }),
            also: (tx, { resource, before }) =>
              audit(tx, {
                operation: actions.write,
                target: `${kind}:${name}`,
                scope: place,
                details: { revision: resource.revision, new: before === undefined },
              }),
          },
        ),
      );
      return reply.code(before ? 200 : 201).send(only(await shown([resource])));
    },
  );

  app.delete(
    `${path}/:name`,
    { config: { door: actions.write }, schema: { summary: "Delete it", tags, params: byName, querystring: DeleteQuery, response: { 204: Type.Null() } } },
    async (request, reply) => {
      const caller = callerOf(request);
      const { actor } = caller;
      const found = visible(rules, actor, await resources.get(kind, request.params.name));
      requireAction(actor, actions.write, found.scope);
      const audit = auditOf(clock, caller);
      await store.write((tx) =>
        resources.remove(tx, kind, found.name, {
          actor,
          ...(request.query.expectedRevision === undefined ? {} : { expectedRevision: request.query.expectedRevision }),
          also: (tx, { resource }) =>
            audit(tx, { operation: actions.write, target: `${kind}:${resource.name}`, scope: resource.scope, details: { deleted: true } }),
        }),
      );
      return reply.code(204).send(null);
    },
  );

  async function shown(records: readonly ResourceRecord[]): Promise<Resource[]> {
    const states = (await rules.states?.(store.read, records)) ?? new Map<string, Readonly<Record<string, unknown>>>();
    return records.map(({ spec, createdAt, updatedAt, authorId: _, author: __, ...same }) => ({
      ...same,
      spec: spec as Record<string, unknown>,
      createdAt: toTime(createdAt),
      updatedAt: toTime(updatedAt),
      state: { ...states.get(same.id) },
    }));
  }
}

/** Whoever may not see it gets the same answer as for one that isn't there. @throws NOT_FOUND */
export function visible({ kind, actions, command }: Pick<ResourceKind, "kind" | "actions" | "command">, actor: Actor, found: ResourceRecord): ResourceRecord {
  if (isAllowed(actor, actions.read, found.scope)) return found;
  throw new RunwrightError("NOT_FOUND", `there is no ${kind} "${found.name}"; \`runwright ${command} list\` shows what there is`);
}

function only<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new RunwrightError("INTERNAL", "a resource that was just read is missing");
  return item;
}
