import type { Action, Actor } from "./role.ts";
import { allowedScopes } from "./role.ts";

/** What people look at that may have changed, by the noun of its list. */
export const CHANGE_KINDS = [
  "jobs",
  "machines",
  "updates",
  "deployments",
  "approvals",
  "resources",
  "occurrences",
  "deliveries",
  "runbooks",
  "assets",
  "activity",
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
export const isChangeKind = (word: unknown): word is ChangeKind => CHANGE_KINDS.some((kind) => kind === word);

/** What one must be allowed to somewhere, to be told that there is something new; one of these is enough. */
const NEEDS: Readonly<Record<ChangeKind, readonly Action[]>> = {
  jobs: ["job.read"],
  machines: ["machine.read"],
  updates: ["update.read"],
  deployments: ["deployment.read"],
  approvals: ["approval.read"],
  resources: ["schedule.read", "rule.read", "freeze.read", "policy.read", "window.read", "webhook.read", "solution.read"],
  occurrences: ["schedule.read"],
  deliveries: ["webhook.read"],
  runbooks: ["runbook.read"],
  assets: ["asset.list"],
  activity: ["activity.read"],
};
export const mayHearOf = (actor: Actor, kind: ChangeKind): boolean => NEEDS[kind].some((action) => allowedScopes(actor, action).length > 0);
