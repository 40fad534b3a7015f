import type { JsonSchema } from "./manifest.ts";
import { type Actor, isRole, ROLES, type Role, roleIncludes } from "./role.ts";
import { type Scope, scopeIncludes } from "./scope.ts";

export const APPROVAL_STATUSES = ["pending", "approved", "rejected", "expired", "cancelled"] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export const DECISIONS = ["approve", "reject"] as const;
export type DecisionWord = (typeof DECISIONS)[number];

/** Who may decide and how many must: kept with the approval as it was asked for. */
export interface ApprovalRule {
  /** `role:operator` (or a higher role, where the job lies), `user:NAME`, `service:NAME`; any of them may. */
  who: readonly string[];
  /** So many different people must approve; one who rejects ends it. */
  minimum: number;
  /** Whoever asked for the job may not decide. */
  notRequester: boolean;
  /** What follows when nobody has decided in time. */
  onTimeout: "reject" | "approve";
}

export interface ApprovalRequest extends ApprovalRule {
  message: string;
  timeoutMs: number;
  /** What approvers fill in: JSON Schema of an object. */
  form: JsonSchema | null;
}

export interface Decision {
  principalId: string;
  by: string;
  decision: DecisionWord;
  reason: string;
  answers: Readonly<Record<string, unknown>>;
  at: number;
}

const WHO = /^(role|user|service):(.{1,200})$/;

/** What is wrong with a rule, in words. */
export function ruleProblem({ who, minimum }: Pick<ApprovalRule, "who" | "minimum">): string | undefined {
  if (who.length === 0) return "who must name at least one role, user or service";
  for (const one of who) {
    const [, kind, name = ""] = WHO.exec(one) ?? [];
    if (kind === undefined) return `who: "${one.slice(0, 100)}" must look like role:operator, user:ada or service:ci`;
    if (kind === "role" && !isRole(name)) return `who: "${name.slice(0, 100)}" is none of the roles ${ROLES.join(", ")}`;
  }
  const people = new Set(who).size;
  if (minimum > people && !who.some((one) => one.startsWith("role:"))) return `minimum is ${minimum}, but who names ${people} only`;
  return undefined;
}

/** Why this actor may not decide, in words; undefined: it may. */
export function decisionRefusal(rule: ApprovalRule, actor: Actor, { scope, requesterId }: { scope: Scope; requesterId: string }): string | undefined {
  if (rule.notRequester && actor.id === requesterId) return `${actor.name} has asked for the job, and someone else must decide`;
  const named = rule.who.some((one) => {
    const [, kind, name = ""] = WHO.exec(one) ?? [];
    if (kind === "role") return actor.grants.some((grant) => roleIncludes(grant.role, name as Role) && scopeIncludes(grant.scope, scope));
    return actor.kind === kind && actor.name === name;
  });
  return named ? undefined : `${actor.name} is none of those who may decide: ${rule.who.join(", ")} in ${scope}`;
}

/** One who rejects is enough; of those who approve there must be the minimum. */
export function verdict(rule: Pick<ApprovalRule, "minimum">, decisions: readonly Pick<Decision, "decision">[]): "pending" | "approved" | "rejected" {
  if (decisions.some(({ decision }) => decision === "reject")) return "rejected";
  return decisions.length >= rule.minimum ? "approved" : "pending";
}

/** What an approval is now: one that nobody closed is over when its time is, or its job. */
export function statusNow({ status, expiresAt, jobEnded }: { status: ApprovalStatus; expiresAt: number; jobEnded: boolean }, now: number): ApprovalStatus {
  if (status !== "pending") return status;
  if (jobEnded) return "cancelled";
  return now >= expiresAt ? "expired" : "pending";
}
