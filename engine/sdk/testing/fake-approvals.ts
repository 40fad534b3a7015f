import type { ApprovalRequest } from "../../core/approval.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { ApprovalOutcome, ApprovalsPort } from "../../sandbox/ports.ts";
import type { JobLife } from "./job-time.ts";
import { lengthOf } from "./moment.ts";

/** How people answer what a runbook asks them. */
export interface FakeApproval {
  /** Default `approve`; `none`: nobody answers in time. */
  decision?: "approve" | "reject" | "none";
  /** How long they take, in job time; default: no time. */
  after?: string | number;
  /** Default "tester". */
  by?: string;
  reason?: string;
  answers?: Record<string, unknown>;
}

/** What the runbook asked. */
export type AskedApproval = ApprovalRequest;

/** `byHand`: the test answers while the job waits, with `job.approve()` and `job.reject()`. */
export type FakeApprovals = FakeApproval | "byHand" | ((asked: AskedApproval) => FakeApproval | Promise<FakeApproval>);

export interface ApprovalDesk extends ApprovalsPort {
  /** What is asked and not decided yet, oldest first. */
  pending(): AskedApproval[];
  /** Decides the oldest one that is pending. @throws CONFLICT when none is */
  decide(answer: FakeApproval): void;
}

interface Asked {
  request: ApprovalRequest;
  until: number;
  answer: PromiseWithResolvers<FakeApproval>;
  isPending: boolean;
}

export function fakeApprovals(approvals: FakeApprovals, life: JobLife): ApprovalDesk {
  const asked = new Map<string, Asked>();
  const pending = () => [...asked.values()].filter(({ isPending }) => isPending);

  /** Waits for the answer, or until it is too late for one. */
  async function answerTo({ request, until, answer }: Asked, signal: AbortSignal): Promise<FakeApproval> {
    const nobody = (): FakeApproval => ({ decision: "none" });
    if (approvals === "byHand") {
      const over = new AbortController();
      const late = life.ring(until, AbortSignal.any([signal, over.signal])).then(nobody);
      late.catch(() => {}); // it was answered in time
      return life.apart(Promise.race([answer.promise, late])).finally(() => over.abort());
    }
    const given = typeof approvals === "function" ? await approvals(request) : approvals;
    const decidedAt = life.now() + lengthOf(given.after ?? 0);
    if (given.decision !== "none" && decidedAt < until) {
      await life.until(decidedAt, signal);
      return given;
    }
    await life.until(until, signal);
    return nobody();
  }

  return {
    pending: () => pending().map(({ request }) => request),
    decide(answer) {
      const [first] = pending();
      if (first === undefined) throw new RunwrightError("CONFLICT", 'nothing waits to be approved; is approvals "byHand", and has the job come to it?');
      first.isPending = false;
      first.answer.resolve(answer);
    },
    async request({ call, retry }, request) {
      const id = retry === 0 ? `apr_${call}` : `apr_${call}_${retry}`;
      const known = asked.get(id) ?? { request, until: life.now() + request.timeoutMs, answer: Promise.withResolvers(), isPending: true };
      asked.set(id, known);
      return { id, until: known.until };
    },
    async outcome(id, signal): Promise<ApprovalOutcome> {
      const known = asked.get(id);
      if (known === undefined) throw new RunwrightError("NOT_FOUND", `there is no approval ${id} in this test`);
      const { decision = "approve", by = "tester", reason = "", answers = {} } = await answerTo(known, signal);
      known.isPending = false;
      if (decision === "reject") throw new RunwrightError("APPROVAL_REJECTED", `${by} has refused: ${reason}`);
      if (decision === "approve") return { timedOut: false, decisions: [{ by, reason, at: life.now(), answers }], answers };
      if (known.request.onTimeout === "approve") return { timedOut: true, decisions: [], answers: {} };
      throw new RunwrightError("WAIT_TIMED_OUT", `nobody has decided "${known.request.message}"`);
    },
  };
}
