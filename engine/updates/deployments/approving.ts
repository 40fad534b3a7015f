import { approvalState, approverRefusal, NO_APPROVAL } from "../../core/deploy/plan-approval.ts";
import { PENDING } from "../../core/deploy/status.ts";
import { RunwrightError } from "../../core/errors.ts";
import type { Actor } from "../../core/role.ts";
import type { DeploymentRecord } from "../../store/records/deployments.ts";
import type { PreparedJob } from "../ports.ts";
import { moveDeployment } from "./moves.ts";
import type { Also, DeploymentParts } from "./parts.ts";

/** So many digits of a hash name a plan: nobody finds another plan with the same ones by chance. */
export const SHORTEST_HASH = 12;

export interface PlanDecisionRequest {
  deploymentId: string;
  actor: Actor;
  decision: "approved" | "rejected";
  /** Of the plan that was read: all of it, or its first digits. */
  planHash: string;
  reason: string;
  also: Also;
}

/** People who say yes or no to exactly one plan. */
export function createApproving<Prepared extends PreparedJob>({ store, clock }: Pick<DeploymentParts<Prepared>, "store" | "clock">) {
  /**
   * @returns the deployment afterwards
   * @throws NOT_FOUND, PERMISSION_DENIED, PLAN_CHANGED when another plan has taken its place, APPROVAL_CLOSED when it is too late or nobody is asked, BAD_REQUEST
   */
  return async function decide({ deploymentId, actor, decision, planHash, reason, also }: PlanDecisionRequest): Promise<DeploymentRecord> {
    if (reason.includes("\0")) throw new RunwrightError("BAD_REQUEST", "the reason must not hold NUL characters");
    return store.write(async (tx) => {
      const at = clock.now();
      const found = await tx.deployments.lock(deploymentId);
      if (!found) throw new RunwrightError("NOT_FOUND", `there is no deployment ${deploymentId.slice(0, 64)}; see \`runwright deployment list\``);
      const rule = found.spec.approval ?? NO_APPROVAL;
      const refusal = approverRefusal(rule, actor, found);
      if (refusal !== undefined) throw new RunwrightError("PERMISSION_DENIED", refusal);
      if (!PENDING.includes(found.status))
        throw new RunwrightError("APPROVAL_CLOSED", `deployment ${found.id} is ${found.status} already (${found.reason}): its plan can't be decided any more`);
      if (at >= found.closesAt)
        throw new RunwrightError(
          "APPROVAL_CLOSED",
          `the window of deployment ${found.id} closed at ${new Date(found.closesAt).toISOString()}: nothing of its plan can be done any more`,
        );
      if (!found.planHash.startsWith(planHash))
        throw new RunwrightError(
          "PLAN_CHANGED",
          `the plan of ${found.id} is ${found.planHash} now, and yours is ${planHash}: read it again with \`runwright deployment show ${found.id}\``,
          { details: [{ field: "planHash", message: `now ${found.planHash}, given ${planHash}` }] },
        );
      if (found.status === "planned") throw new RunwrightError("APPROVAL_CLOSED", `there is nothing to approve: ${found.reason}`);
      // Whoever may approve may refuse what needs no approval, too.
      if (rule.count === 0 && decision === "approved") throw new RunwrightError("APPROVAL_CLOSED", `the window ${found.window} asks for no approval`);
      await tx.deployments.decide({ deploymentId: found.id, principalId: actor.id, principalName: actor.name, planHash: found.planHash, decision, reason, at });
      const { state, text } = approvalState(rule, await tx.deployments.decisions(found.id), found);
      const to = state === "approved" ? "approved" : "awaitingApproval";
      if (to !== found.status) {
        const moved = await moveDeployment(tx, found, { to, reason: text, at });
        also(tx, moved);
        return moved;
      }
      await tx.deployments.patch(found.id, { reason: text });
      const now = { ...found, reason: text };
      also(tx, now);
      return now;
    });
  };
}
export type Approving = ReturnType<typeof createApproving>;
