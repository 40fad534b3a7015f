import { Type } from "typebox";
import { requireAction } from "../../access/authorize.ts";
import { type Decision, statusNow } from "../../core/approval.ts";
import { RunwrightError } from "../../core/errors.ts";
import { type Actor, allowedScopes, isAllowed } from "../../core/role.ts";
import { Approval, ApprovalQuery, DecisionRequest } from "../../protocol/http/approvals.ts";
import { PageOf, toTime, toTimeOrNull } from "../../protocol/http/shapes.ts";
import type { ApprovalOfJob } from "../../store/records/approvals.ts";
import type { Store } from "../../store/store.ts";
import { makeCursor, readCursor } from "../cursor.ts";
import { type App, auditOf, callerOf } from "../request.ts";
import type { RouteParts } from "./parts.ts";

const byId = Type.Object({ id: Type.String() });

export function approvalRoutes(app: App, { store, clock, jobs }: Pick<RouteParts, "store" | "clock" | "jobs">): void {
  const shown = (approval: ApprovalOfJob) => toApproval(approval, clock.now());

  app.get(
    "/api/v1/approvals",
    {
      config: { door: "approval.read" },
      schema: { summary: "List what jobs ask people for, newest first", tags: ["approvals"], querystring: ApprovalQuery, response: { 200: PageOf(Approval) } },
    },
    async (request) => {
      const { cursor, limit = 50, job, open } = request.query;
      const found = await store.read.approvals.list({
        scopes: allowedScopes(callerOf(request).actor, "approval.read"),
        limit: limit + 1,
        ...(job ? { jobId: job } : {}),
        ...(open ? { open: { now: clock.now() } } : {}),
        ...(cursor ? { before: readCursor("approvals", "string", cursor) } : {}),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(shown), next: found.length > limit && last ? makeCursor("approvals", last.id) : null };
    },
  );

  app.get(
    "/api/v1/approvals/:id",
    {
      config: { door: "approval.read" },
      schema: { summary: "Show an approval with its form and who has decided", tags: ["approvals"], params: byId, response: { 200: Approval } },
    },
    async (request) => {
      const approval = await visibleApproval(store, callerOf(request).actor, request.params.id);
      return { ...shown(approval), decisions: (await store.read.approvals.decisions(approval.id)).map(toDecision) };
    },
  );

  for (const [decision, summary] of [
    ["approve", "Approve what a job is about to do"],
    ["reject", "Refuse it"],
  ] as const) {
    app.post(
      `/api/v1/approvals/:id/${decision}`,
      {
        config: { door: "approval.decide", operation: `approval.${decision}` },
        schema: { summary, tags: ["approvals"], params: byId, body: DecisionRequest, response: { 200: Approval } },
      },
      async (request) => {
        const caller = callerOf(request);
        const { actor } = caller;
        const { reason = "", answers } = request.body;
        const { id, scope } = await visibleApproval(store, actor, request.params.id);
        requireAction(actor, "approval.decide", scope);
        const audit = auditOf(clock, caller);
        const { approval, decisions } = await jobs.approvals.decide({
          approvalId: id,
          actor,
          decision,
          reason,
          answers,
          also: (tx, { jobId }) => audit(tx, { operation: `approval.${decision}`, target: `approval:${id}`, scope, details: { job: jobId, reason } }),
        });
        return { ...shown(approval), decisions: decisions.map(toDecision) };
      },
    );
  }
}

/** What the actor may not see doesn't exist for it. @throws NOT_FOUND */
async function visibleApproval(store: Pick<Store, "read">, actor: Actor, id: string): Promise<ApprovalOfJob> {
  const approval = await store.read.approvals.get(id);
  if (!approval || !isAllowed(actor, "approval.read", approval.scope))
    throw new RunwrightError("NOT_FOUND", `there is no approval ${id.slice(0, 64)}; see \`runwright approval list\``);
  return approval;
}

function toApproval(approval: ApprovalOfJob, now: number): Approval {
  const { id, jobId, runbook, scope, message, form, requester, requestedAt, expiresAt, closedAt } = approval;
  const { who, minimum, notRequester, onTimeout } = approval.rule;
  return {
    id,
    job: jobId,
    runbook,
    scope,
    message,
    status: statusNow(approval, now),
    who: [...who],
    minimum,
    notRequester,
    onTimeout,
    requester,
    form,
    requestedAt: toTime(requestedAt),
    expiresAt: toTime(expiresAt),
    closedAt: toTimeOrNull(closedAt),
  };
}

const toDecision = ({ by, decision, reason, answers, at }: Decision) => ({ by, decision, reason, answers: { ...answers }, at: toTime(at) });
