import { type ApprovalRequest, type Decision, type DecisionWord, decisionRefusal, statusNow, verdict } from "../core/approval.ts";
import { type CallId, callKey } from "../core/call-id.ts";
import type { Clock } from "../core/clock.ts";
import { RunwrightError } from "../core/errors.ts";
import type { Happening } from "../core/happening.ts";
import type { Actor } from "../core/role.ts";
import type { Scope } from "../core/scope.ts";
import { topicOfApproval } from "../core/wait.ts";
import { checkAgainst } from "../protocol/parameters.ts";
import type { ApprovalOfJob, ApprovalRecord } from "../store/records/approvals.ts";
import { isTold } from "../store/records/job-failure.ts";
import type { JobRecord } from "../store/records/jobs.ts";
import type { Store, Writes } from "../store/store.ts";
import type { Bell } from "./bell.ts";

/** Looked at again without being asked: someone may have decided at another engine. */
const LOOK_MS = 1_000;

export interface ApprovalsParts {
  store: Store;
  clock: Clock;
  bell: Bell;
  engineId: string;
  /** A waiting job was put back into the queue. */
  onRoused(job: JobRecord): void;
}

export interface DecideRequest {
  approvalId: string;
  actor: Actor;
  decision: DecisionWord;
  reason: string;
  answers: unknown;
  /** Written in the same transaction. */
  also?: (tx: Writes, approval: ApprovalOfJob) => void;
}

/** People who say yes or no to what a job is about to do. */
export function createApprovals({ store, clock, bell, engineId, onRoused }: ApprovalsParts) {
  const idOf = (id: CallId): string => `apr_${callKey(id).replace(/^job_/, "")}`;

  /** Nobody has decided in time. */
  async function expire(approvalId: string): Promise<void> {
    await store.write(async (tx) => {
      const found = await lockJobOf(tx, approvalId);
      if (found.status === "pending") await tx.approvals.close(approvalId, found.rule.onTimeout === "approve" ? "approved" : "expired", clock.now());
    });
  }

  return {
    /** Asks once for each call. @returns its id and when its time is over */
    async request(
      id: CallId,
      { message, timeoutMs, form, ...rule }: ApprovalRequest,
      onBehalfOf: { scope: Scope; actor: Actor },
    ): Promise<{ id: string; until: number }> {
      const approvalId = idOf(id);
      const known = await store.read.approvals.get(approvalId);
      if (known) return { id: approvalId, until: known.expiresAt };
      const { who, minimum, notRequester, onTimeout } = rule;
      const requestedAt = clock.now();
      const expiresAt = requestedAt + timeoutMs;
      await store.write(async (tx) => {
        const approval: ApprovalRecord = {
          id: approvalId,
          jobId: id.jobId,
          call: id.call,
          scope: onBehalfOf.scope,
          message,
          rule: { who, minimum, notRequester, onTimeout },
          form,
          requesterId: onBehalfOf.actor.id,
          requestedAt,
          expiresAt,
          status: "pending",
          closedAt: null,
        };
        const job = (await tx.approvals.insert(approval)) ? await tx.jobs.get(id.jobId) : undefined;
        if (job && isTold(job)) await tx.happenings.tell(requestOf(approval, job));
      });
      return { id: approvalId, until: expiresAt };
    },

    /** Waits until it is decided or its time is over. @throws APPROVAL_REJECTED, WAIT_TIMED_OUT */
    async outcome(approvalId: string, signal: AbortSignal) {
      for (;;) {
        const approval = await store.read.approvals.get(approvalId);
        if (!approval) throw new RunwrightError("NOT_FOUND", `the approval ${approvalId} is gone`);
        if (approval.status !== "pending") return outcomeOf(approval, await store.read.approvals.decisions(approvalId));
        if (clock.now() >= approval.expiresAt) await expire(approvalId);
        else await bell.next(topicOfApproval(approvalId), Math.min(LOOK_MS, approval.expiresAt - clock.now()), signal);
      }
    },

    /**
     * @returns the approval afterwards, and who has decided so far
     * @throws BAD_REQUEST, NOT_FOUND, PERMISSION_DENIED, APPROVAL_CLOSED when it is too late, CONFLICT when this one has decided already, PARAMETERS_INVALID for the form
     */
    async decide({ approvalId, actor, decision, reason, answers, also }: DecideRequest): Promise<{ approval: ApprovalOfJob; decisions: Decision[] }> {
      if (reason.includes("\0")) throw new RunwrightError("BAD_REQUEST", "the reason must not hold NUL characters");
      const asked = await store.read.approvals.get(approvalId);
      // A form is filled in to approve; it may be costly to check, and nobody waits for that in a transaction.
      const filled = asked?.form && decision === "approve" ? checkAgainst(`the form of ${approvalId}`, asked.form, answers) : {};
      const { roused, ...decided } = await store.write(async (tx) => {
        const at = clock.now();
        const found = await lockJobOf(tx, approvalId);
        const refusal = decisionRefusal(found.rule, actor, found);
        if (refusal !== undefined) throw new RunwrightError("PERMISSION_DENIED", refusal);
        const now = statusNow(found, at);
        const before = await tx.approvals.decisions(approvalId);
        if (now !== "pending") throw new RunwrightError("APPROVAL_CLOSED", `${approvalId} ${closedWords(found, now, before)}`);
        if (before.some((one) => one.principalId === actor.id))
          throw new RunwrightError("CONFLICT", `${actor.name} has approved ${approvalId} already; ${found.rule.minimum} different people must`);
        const made: Decision = { principalId: actor.id, by: actor.name, decision, reason, answers: filled, at };
        await tx.approvals.decide(approvalId, made);
        const decisions = [...before, made];
        const reached = verdict(found.rule, decisions);
        also?.(tx, found);
        if (reached === "pending") return { approval: found, decisions, roused: undefined };
        await tx.approvals.close(approvalId, reached, at);
        const words = `${approvalId} was ${reached} by ${decisions.map((one) => one.by).join(", ")}`;
        // Not a job that waits for something else, such as its next try.
        const { roused: moved } = await tx.jobs.rouse(topicOfApproval(approvalId), { at, by: engineId, reason: words });
        return { approval: { ...found, status: reached, closedAt: at }, decisions, roused: moved[0] };
      });
      bell.ring(topicOfApproval(approvalId));
      if (roused) onRoused(roused);
      return decided;
    },
  };
}
export type Approvals = ReturnType<typeof createApprovals>;

/** What event rules see of it. */
function requestOf({ id, scope, message, requestedAt, expiresAt }: ApprovalRecord, { id: jobId, runbook, correlationId, depth }: JobRecord): Happening {
  const kind = "approval.waiting";
  const [at, until] = [requestedAt, expiresAt].map((moment) => new Date(moment).toISOString());
  const approval = { id, message, scope, expiresAt: String(until), job: { id: jobId, runbook } };
  return { id: `${kind} ${id}`, kind, scope, document: { kind, at: String(at), approval }, correlationId, depth, at: requestedAt };
}

/** Those who decide come one after the other, and a job that begins to wait for it sees what they decided. @throws NOT_FOUND */
async function lockJobOf(tx: Writes, approvalId: string): Promise<ApprovalOfJob> {
  const known = await tx.approvals.get(approvalId);
  if (known) await tx.jobs.lock(known.jobId);
  const found = await tx.approvals.get(approvalId);
  if (!found) throw new RunwrightError("NOT_FOUND", `there is no approval ${approvalId.slice(0, 64)}; see \`runwright approval list\``);
  return found;
}

function outcomeOf(approval: ApprovalOfJob, decisions: readonly Decision[]) {
  if (approval.status === "rejected") {
    const by = decisions.find(({ decision }) => decision === "reject");
    throw new RunwrightError("APPROVAL_REJECTED", `${by?.by ?? "someone"} has refused: ${by?.reason ?? ""}`);
  }
  if (approval.status !== "approved")
    throw new RunwrightError("WAIT_TIMED_OUT", `nobody has decided "${approval.message.slice(0, 200)}" by ${new Date(approval.expiresAt).toISOString()}`);
  return {
    timedOut: decisions.length < approval.rule.minimum,
    decisions: decisions.map(({ by, reason, at, answers }) => ({ by, reason, at, answers })),
    answers: decisions.at(-1)?.answers ?? {},
  };
}

function closedWords(approval: ApprovalOfJob, now: ReturnType<typeof statusNow>, decisions: readonly Decision[]): string {
  if (now === "expired") return `is over since ${new Date(approval.expiresAt).toISOString()}: nobody had decided in time`;
  if (now === "cancelled") return "isn't wanted any more: its job has ended, or begins again and asks anew";
  return `was ${now} by ${decisions.map((one) => one.by).join(", ") || "the passing of time"}`;
}
