import { type Actor, type Role, roleIncludes } from "../role.ts";
import { type Scope, scopeIncludes } from "../scope.ts";
import type { PlanApproval } from "./spec.ts";

export const NO_APPROVAL: PlanApproval = { count: 0 };
export const DEFAULT_APPROVERS: readonly Role[] = ["operator"];

/** One that names the plan it is about. */
export interface DecisionOnPlan {
  principalId: string;
  principalName: string;
  planHash: string;
  decision: "approved" | "rejected";
  reason: string;
}

/** Whose plan it is: they don't approve it themselves. */
export interface PlanAuthors {
  requesterId: string;
  requestedBy: string;
  /** Who has last changed what the window does: what it says is their wish, whoever asked for the plan or has described the window better since. */
  changerId: string;
  changedBy: string;
}

/** Why this one may not approve, in words; undefined: it may. A higher role includes the ones below it. */
export function approverRefusal(
  { roles, byRequester = false }: PlanApproval,
  actor: Actor,
  { scope, requesterId, requestedBy, changerId, changedBy }: PlanAuthors & { scope: Scope },
): string | undefined {
  if (!byRequester && actor.id === requesterId) return `${requestedBy} has asked for this plan, so someone else must approve it`;
  if (!byRequester && actor.id === changerId) return `${changedBy} has changed its window last, so someone else must approve what it plans`;
  const named = roles ?? DEFAULT_APPROVERS;
  const holds = actor.grants.some((grant) => named.some((role) => roleIncludes(grant.role, role as Role)) && scopeIncludes(grant.scope, scope));
  return holds ? undefined : `${actor.name} has none of the roles that may approve: ${named.join(", ")} at ${scope}`;
}

export interface ApprovalState {
  state: "approved" | "rejected" | "pending";
  /** So many more people must approve. */
  missing: number;
  /** In words. */
  text: string;
}

/** What has been decided about exactly this plan: what was said about another one says nothing, nor what its requester or the author of its window has approved before they were that. One who rejects it is enough. */
export function approvalState(
  { count, byRequester = false }: PlanApproval,
  decisions: readonly DecisionOnPlan[],
  { planHash, requesterId, changerId }: Pick<PlanAuthors, "requesterId" | "changerId"> & { planHash: string },
): ApprovalState {
  const isMeant = ({ decision, principalId }: DecisionOnPlan) =>
    decision === "rejected" || byRequester || (principalId !== requesterId && principalId !== changerId);
  const about = decisions.filter((one) => one.planHash === planHash && isMeant(one));
  const rejection = about.find(({ decision }) => decision === "rejected");
  if (rejection) {
    const { principalName, reason } = rejection;
    return { state: "rejected", missing: count, text: `rejected by ${principalName}${reason === "" ? "" : `: ${reason}`}` };
  }
  const by = about.map(({ principalName }) => principalName);
  const missing = Math.max(0, count - new Set(about.map(({ principalId }) => principalId)).size);
  if (count === 0) return { state: "approved", missing: 0, text: "needs no approval" };
  if (missing === 0) return { state: "approved", missing: 0, text: `approved by ${by.join(", ")}` };
  return { state: "pending", missing, text: `${count - missing} of ${count} have approved${by.length > 0 ? ` (${by.join(", ")})` : ""}` };
}
