import type { FastifyRequest } from "fastify";
import { Type } from "typebox";
import type { Caller } from "../../access/activity.ts";
import { requireAction } from "../../access/authorize.ts";
import { parseDuration } from "../../core/duration.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type Action, isAllowed } from "../../core/role.ts";
import { WEBHOOK_BODY_LIMIT } from "../../core/webhook.ts";
import { PageOf, toTime } from "../../protocol/http/shapes.ts";
import { Delivery, DeliveryDetail, DeliveryQuery, HookAnswer, RotatedToken, RotateRequest, TestAnswer, TestRequest } from "../../protocol/http/webhooks.ts";
import type { DeliverySummary } from "../../store/records/deliveries.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { urlForOthers } from "../own-url.ts";
import type { Webhook } from "../ports.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";
import { visible } from "./resources.ts";

const OVERLAP_MS = 86_400_000;
const LONGEST_OVERLAP_MS = 30 * 86_400_000;
const byName = Type.Object({ name: Type.String() });
const byId = Type.Object({ name: Type.String(), id: Type.String() });

/** What webhooks have besides being resources: tokens, deliveries, trying them out. */
export function webhookRoutes(
  app: App,
  { store, clock, resources, triggers, listensOn, publicUrl }: Pick<RouteParts, "store" | "clock" | "resources" | "triggers" | "listensOn" | "publicUrl">,
): void {
  const rules = resources.ofKind("Webhook");
  const { webhooks } = triggers;

  /** @throws NOT_FOUND, PERMISSION_DENIED */
  async function webhookFor(request: FastifyRequest<{ Params: { name: string } }>, ...actions: Action[]): Promise<{ webhook: Webhook; caller: Caller }> {
    const caller = callerOf(request);
    const webhook = visible(rules, caller.actor, await resources.get("Webhook", request.params.name)) as Webhook;
    for (const action of actions) requireAction(caller.actor, action, webhook.scope);
    return { webhook, caller };
  }

  app.post(
    "/api/v1/webhooks/:name/rotate",
    {
      config: { door: "webhook.write", operation: "webhook.rotate" },
      schema: {
        summary: "Make a token: it is shown this once; those before end",
        tags: ["webhooks"],
        params: byName,
        body: RotateRequest,
        response: { 201: RotatedToken },
      },
    },
    async (request, reply) => {
      const { webhook, caller } = await webhookFor(request, "webhook.write");
      const overlapMs = request.body.overlap === undefined ? OVERLAP_MS : parseDuration(request.body.overlap);
      if (overlapMs > LONGEST_OVERLAP_MS) throw new RunwrightError("BAD_REQUEST", "overlap is at most 30d");
      const audit = auditOf(clock, caller);
      const token = await store.write(async (tx) => {
        const made = await webhooks.rotate(tx, webhook, { overlapMs, by: caller.actor.name });
        audit(tx, { operation: "webhook.rotate", target: `Webhook:${webhook.name}`, scope: webhook.scope, details: { overlapMs } });
        return made;
      });
      const url = `${publicUrl ?? urlForOthers(request, listensOn)}/hooks/${token}`;
      const state = (await rules.states?.(store.read, [webhook]))?.get(webhook.id);
      return reply.code(201).send({ token, url, expiresAt: String(state?.expiresAt), othersEndAt: toTime(clock.now() + overlapMs) });
    },
  );

  app.post(
    "/api/v1/webhooks/:name/test",
    {
      // JSON may write a byte of the body with six.
      bodyLimit: 7 * WEBHOOK_BODY_LIMIT,
      config: { door: "webhook.write", operation: "webhook.test" },
      schema: {
        summary: "Sign a request and handle it as one that came from outside, or only say what it would start",
        tags: ["webhooks"],
        params: byName,
        body: TestRequest,
        response: { 200: TestAnswer, 202: TestAnswer },
      },
    },
    async (request, reply) => {
      const { webhook, caller } = await webhookFor(request, "webhook.write", "job.run");
      const { body = "", contentType = "application/json", headers = {}, query = {}, dry } = request.body;
      const bytes = Buffer.from(body, "utf8");
      if (bytes.length > WEBHOOK_BODY_LIMIT) throw new RunwrightError("TOO_LARGE", `a body has at most ${WEBHOOK_BODY_LIMIT / 1_024} KB`);
      const incoming = {
        headers: [["content-type", contentType] as const, ...Object.entries(headers)],
        query,
        body: bytes,
        address: caller.address,
        correlationId: caller.correlationId,
      };
      if (dry) {
        const { runs, skipped } = await webhooks.testDry(webhook, incoming);
        return reply.code(200).send({ jobIds: [], wouldStart: runs, ...(skipped === undefined ? {} : { skipped }) });
      }
      const { jobIds, skipped } = await webhooks.test(webhook, incoming, recorded(caller, webhook, "webhook.test"));
      return reply.code(202).send({ jobIds: [...jobIds], ...(skipped === undefined ? {} : { skipped }) });
    },
  );

  app.get(
    "/api/v1/webhooks/:name/deliveries",
    {
      config: { door: "webhook.read" },
      schema: {
        summary: "List what was received, newest first",
        tags: ["webhooks"],
        params: byName,
        querystring: DeliveryQuery,
        response: { 200: PageOf(Delivery) },
      },
    },
    async (request) => {
      const { webhook } = await webhookFor(request);
      const { cursor, limit = 50, status } = request.query;
      const list = `deliveries of ${webhook.id}`;
      const found = await store.read.deliveries.list(webhook.id, {
        limit: limit + 1,
        ...(status ? { statuses: [status] } : {}),
        ...(cursor ? { before: readCursor(list, "string", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(toDelivery), next: found.length > limit && last ? makeCursor(list, last.id) : null };
    },
  );

  app.get(
    "/api/v1/webhooks/:name/deliveries/:id",
    {
      config: { door: "webhook.read" },
      schema: {
        summary: "Show what was received, masked; body and query to whoever may change the webhook",
        tags: ["webhooks"],
        params: byId,
        response: { 200: DeliveryDetail },
      },
    },
    async (request) => {
      const { webhook, caller } = await webhookFor(request);
      const { delivery, headers, query, body, bodyKept } = await webhooks.show(webhook, request.params.id);
      const whole = isAllowed(caller.actor, "webhook.write", webhook.scope) ? { query, body } : {};
      return { ...toDelivery(delivery), headers, bodyKept, ...whole };
    },
  );

  app.post(
    "/api/v1/webhooks/:name/deliveries/:id/replay",
    {
      config: { door: "webhook.write", operation: "webhook.replay" },
      schema: { summary: "Handle a kept delivery once more, with new jobs", tags: ["webhooks"], params: byId, response: { 202: HookAnswer } },
    },
    async (request, reply) => {
      const { webhook, caller } = await webhookFor(request, "webhook.write", "job.run");
      const { address, correlationId } = caller;
      const also = recorded(caller, webhook, "webhook.replay", { replayOf: request.params.id });
      const { jobIds, skipped } = await webhooks.replay(webhook, request.params.id, { address, correlationId }, also);
      return reply.code(202).send({ jobIds: [...jobIds], ...(skipped === undefined ? {} : { skipped }) });
    },
  );

  /** The entry of the activity log, in the transaction that makes the jobs. */
  function recorded(caller: Caller, { name, scope }: Webhook, operation: string, more: object = {}): Parameters<typeof webhooks.test>[2] {
    const audit = auditOf(clock, caller);
    return (tx, { deliveryId, jobIds }) => audit(tx, { operation, target: `Webhook:${name}`, scope, details: { delivery: deliveryId, jobs: jobIds, ...more } });
  }
}

const toDelivery = ({ id, receivedAt, address, status, reason, jobIds, replayOf }: DeliverySummary): Delivery => ({
  id,
  receivedAt: toTime(receivedAt),
  address,
  status,
  reason,
  jobIds: [...jobIds],
  replayOf,
});
