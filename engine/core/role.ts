import type { Scope } from "./scope.ts";
import { scopeIncludes } from "./scope.ts";

/** Every token belongs to a principal. */
export const PRINCIPAL_KINDS = ["user", "service", "agent"] as const;
export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

/** Each role includes the ones before it. */
export const ROLES = ["reader", "operator", "author", "admin"] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (text: string): text is Role => ROLES.some((role) => role === text);

/** What a door can ask for, and the least role that may. A test checks that every route names one. */
export const ACTIONS = {
  "settings.read": "reader",
  "runbook.read": "reader",
  "job.read": "reader",
  "machine.read": "reader",
  "update.read": "reader",
  "asset.list": "reader",
  "activity.read": "operator",
  "job.run": "operator",
  "job.stop": "operator",
  "approval.read": "reader",
  "approval.decide": "operator",
  "event.publish": "operator",
  "schedule.read": "reader",
  "schedule.write": "author",
  "rule.read": "reader",
  "rule.write": "author",
  "freeze.read": "reader",
  "freeze.write": "author",
  "solution.read": "reader",
  "solution.write": "author",
  "policy.read": "reader",
  "policy.write": "author",
  "window.read": "reader",
  "window.write": "author",
  "window.run": "operator",
  "deployment.read": "reader",
  "deployment.approve": "operator",
  "deployment.steer": "operator",
  "webhook.read": "reader",
  "webhook.write": "author",
  "machine.tag": "operator",
  "machine.command": "operator",
  "update.assess": "operator",
  "runbook.check": "author",
  "runbook.draft": "author",
  "runbook.test": "author",
  "runbook.publish": "author",
  "runbook.delete": "author",
  "asset.write": "author",
  "update.import": "admin",
  "machine.remove": "admin",
  "machine.rename": "admin",
  "agent.update": "admin",
  "agent.enrol": "admin",
  "agent.revoke": "admin",
  "token.write": "admin",
  "role.write": "admin",
  "asset.rotateKeys": "admin",
  "asset.export": "admin",
  "asset.import": "admin",
  "engine.backup": "admin",
} as const satisfies Record<string, Role>;
export type Action = keyof typeof ACTIONS;

export interface Grant {
  role: Role;
  scope: Scope;
}

/** Who acts, as every door sees it. */
export interface Actor {
  /** Principal id. */
  id: string;
  kind: PrincipalKind;
  name: string;
  grants: readonly Grant[];
  /** Id of the token used; absent for the engine itself. */
  tokenId?: string;
}

export const roleIncludes = (role: Role, least: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(least);

export const isAllowed = (actor: Actor, action: Action, scope: Scope): boolean =>
  actor.grants.some((grant) => roleIncludes(grant.role, ACTIONS[action]) && scopeIncludes(grant.scope, scope));

/** Scopes in which the actor may do this: the roots of the trees that lists are filtered by. */
export const allowedScopes = (actor: Actor, action: Action): Scope[] =>
  actor.grants.filter((grant) => roleIncludes(grant.role, ACTIONS[action])).map((grant) => grant.scope);
