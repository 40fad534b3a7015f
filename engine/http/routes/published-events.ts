import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import type { Json } from "../../core/json.ts";
import { Published, PublishRequest } from "../../protocol/http/approvals.ts";
import { toTime } from "../../protocol/http/shapes.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import { placeOf } from "./assets.ts";
import type { RouteParts } from "./parts.ts";

/** An event and its envelope. */
const BODY_LIMIT = 512 * 1024;

export function publishedEventRoutes(app: App, { clock, jobs }: Pick<RouteParts, "clock" | "jobs">): void {
  app.post(
    "/api/v1/events/:name",
    {
      bodyLimit: BODY_LIMIT,
      config: { door: "event.publish" },
      schema: {
        summary: "Publish an event: jobs in its scope and below that wait for it go on",
        tags: ["events"],
        params: Type.Object({ name: Type.String() }),
        body: PublishRequest,
        response: { 201: Published },
      },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { payload = null } = request.body;
      const { name } = request.params;
      const scope = placeOf(caller.actor, "event.publish", request.body.scope);
      requireAction(caller.actor, "event.publish", scope);
      const audit = auditOf(clock, caller);
      const { seq, roused, at } = await jobs.events.publish({ name, scope, payload: payload as Json, by: caller.actor.name }, (tx, number) =>
        audit(tx, { operation: "event.publish", target: `event:${name}`, scope, details: { seq: number } }),
      );
      return reply.code(201).send({ name, seq, scope, at: toTime(at), roused });
    },
  );
}
