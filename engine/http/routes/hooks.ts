import { Type } from "typebox";
import { RunwrightError } from "../../core/errors.ts";
import { isFinal } from "../../core/job.ts";
import { WEBHOOK_BODY_LIMIT } from "../../core/webhook.ts";
import { HookAnswer, HookQuery } from "../../protocol/http/webhooks.ts";
import type { JobRecord } from "../../store/records/jobs.ts";
import type { App } from "../request.ts";
import { parseWait, patience } from "../wait.ts";
import { outputsOf } from "./jobs.ts";
import type { RouteParts } from "./parts.ts";

/** Senders of one webhook that wait at a time; further ones are answered at once. */
const MOST_WAITING = 100;

/** The door for senders of webhooks: what opens it is the token in its path. A scope of its own, as it reads bodies as bytes. */
export function hookRoutes(app: App, { store, jobs, triggers, stopping }: Pick<RouteParts, "store" | "jobs" | "triggers" | "stopping">): void {
  const waiting = new Map<string, number>();

  /** The jobs, when all have ended in time. */
  async function endOf(webhookId: string, jobIds: readonly string[], signal: AbortSignal): Promise<JobRecord[] | undefined> {
    const before = waiting.get(webhookId) ?? 0;
    if (before >= MOST_WAITING) return undefined;
    waiting.set(webhookId, before + 1);
    try {
      const ended = await Promise.all(jobIds.map((id) => jobs.wait(id, signal)));
      return ended.every(({ status }) => isFinal(status)) ? ended : undefined;
    } finally {
      const left = (waiting.get(webhookId) ?? 1) - 1;
      if (left > 0) waiting.set(webhookId, left);
      else waiting.delete(webhookId);
    }
  }

  app.register(async (hooks: App) => {
    hooks.removeAllContentTypeParsers();
    hooks.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    // Before the body is read, so that none is ever unpacked.
    hooks.addHook("onRequest", async ({ headers }) => {
      const encoding = headers["content-encoding"];
      if (encoding !== undefined && encoding.toLowerCase() !== "identity")
        throw new RunwrightError("MEDIA_UNSUPPORTED", "send the body as it is: compressed ones aren't taken");
    });

    hooks.post(
      "/hooks/:token",
      {
        bodyLimit: WEBHOOK_BODY_LIMIT,
        config: { door: "public" },
        schema: {
          summary: "Deliver to a webhook; the token in the path opens it, signatures are checked as it asks for",
          tags: ["webhooks"],
          params: Type.Object({ token: Type.String() }),
          querystring: HookQuery,
          response: { 200: HookAnswer, 202: HookAnswer },
        },
      },
      async (request, reply) => {
        const { rawHeaders } = request.raw;
        const headers = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ""] as const] : []));
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        let waitMs: number | null = null;
        const { jobIds, skipped, webhookId } = await triggers.webhooks.receive(
          request.params.token,
          { headers, query: request.query, body, address: request.ip, correlationId: request.id },
          ({ spec }) => {
            waitMs = parseWait(request.query.wait);
            if (waitMs !== null && spec.wait === false) throw new RunwrightError("BAD_REQUEST", "this webhook doesn't let senders wait; leave wait out");
          },
        );
        const accepted = { jobIds: [...jobIds], ...(skipped === undefined ? {} : { skipped }) };
        if (jobIds.length === 0) return reply.code(200).send(accepted);
        if (waitMs === null) return reply.code(202).send(accepted);
        using patient = patience(request, waitMs, stopping);
        const ended = await endOf(webhookId, jobIds, patient.signal);
        if (!ended) return reply.code(202).send(accepted);
        const told = ended.map(async (job) => ({
          id: job.id,
          status: job.status,
          failureCode: job.failureCode,
          error: job.error,
          outputs: await outputsOf(store, job),
        }));
        return reply.code(200).send({ ...accepted, jobs: await Promise.all(told) });
      },
    );
  });
}
