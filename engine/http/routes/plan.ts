import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { parseScope } from "../../core/scope.ts";
import { ApplyRequest, DocumentQuery, Plan, PlanRequest, StandingDocument } from "../../protocol/http/plan.ts";
import { PageOf } from "../../protocol/http/shapes.ts";
import { editorSchema, unionSchema } from "../../protocol/resources/editor-schema.ts";
import { SolutionSpec } from "../../protocol/resources/solution.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { urlForOthers } from "../own-url.ts";
import { type App, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

/** Documents, and the bundles of the runbooks that have changed. */
const PLAN_LIMIT = 64 * 1024 * 1024;
const UNION = "runwright.json";

/** Resources as code. Each change is authorised where it lies, by what it is. */
export function planRoutes(app: App, { planner, publicUrl, listensOn }: Pick<RouteParts, "planner" | "publicUrl" | "listensOn">): void {
  const tags = ["resources as code"];
  const kinds = [...planner.kinds, { kind: "Solution", schema: SolutionSpec }];

  app.post(
    "/api/v1/plan",
    {
      bodyLimit: PLAN_LIMIT,
      config: { door: "signedIn", operation: "plan" },
      schema: { summary: "Show what applying documents would change; changes nothing", tags, body: PlanRequest, response: { 200: Plan } },
    },
    (request) => planner.plan(request.body, callerOf(request)),
  );

  app.post(
    "/api/v1/apply",
    {
      bodyLimit: PLAN_LIMIT,
      config: { door: "signedIn", operation: "apply" },
      schema: { summary: "Do exactly what a plan has shown, or nothing", tags, body: ApplyRequest, response: { 200: Plan } },
    },
    (request) => {
      const { hash, ...rest } = request.body;
      return planner.apply(rest, hash, callerOf(request));
    },
  );

  app.get(
    "/api/v1/documents",
    {
      config: { door: "signedIn" },
      schema: { summary: "List what is there, as documents", tags, querystring: DocumentQuery, response: { 200: PageOf(StandingDocument) } },
    },
    async (request) => {
      const { cursor, limit = 500, scope = "/" } = request.query;
      const after = cursor ? placeOf(readCursor("documents", "string", cursor)) : { kind: 0, offset: 0 };
      const { items, next } = await planner.standing({ actor: callerOf(request).actor, scope: parseScope(scope), after, limit });
      return { items, next: next && makeCursor("documents", `${next.kind}:${next.offset}`) };
    },
  );

  app.get(
    "/schemas/:file",
    {
      config: { door: "public" },
      schema: {
        summary: "JSON Schemas for editors: one a kind, and runwright.json for all of them",
        tags,
        params: Type.Object({ file: Type.String() }),
        response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      },
    },
    async (request, reply) => {
      const { file } = request.params;
      const base = `${publicUrl ?? urlForOthers({ protocol: request.protocol, host: request.host }, listensOn)}/schemas`;
      const found = kinds.find(({ kind }) => `${kind}.json`.toLowerCase() === file.toLowerCase());
      if (!found && file !== UNION) {
        const known = [UNION, ...kinds.map(({ kind }) => `${kind}.json`)].join(", ");
        throw new RunwrightError("NOT_FOUND", `there is no schema "${file.slice(0, 64)}"; there are ${known}`);
      }
      reply.header("cache-control", "public, max-age=300");
      return found ? editorSchema(found, base) : unionSchema(kinds, base);
    },
  );
}

function placeOf(cursor: string): { kind: number; offset: number } {
  const [kind = 0, offset = 0] = cursor.split(":").map(Number);
  return { kind: Math.max(0, Math.trunc(kind) || 0), offset: Math.max(0, Math.trunc(offset) || 0) };
}
