import { ACTIONS, type Action, type Grant, isRole, roleIncludes } from "../../core/role.ts";
import { scopeIncludes } from "../../core/scope.ts";
import type { WhoAmI } from "../../protocol/http/access.ts";

const grantsOf = ({ grants }: Pick<WhoAmI, "grants">): Grant[] =>
  grants.flatMap(({ role, scope }) => (isRole(role) ? [{ role, scope: scope as Grant["scope"] }] : []));

/** Whether somebody may do this anywhere: what nobody may isn't offered. The engine decides in the end. */
export const mayAnywhere = (who: Pick<WhoAmI, "grants">, action: Action): boolean => grantsOf(who).some(({ role }) => roleIncludes(role, ACTIONS[action]));

/** Whether somebody may do this at a place. */
export const mayAt = (who: Pick<WhoAmI, "grants">, action: Action, scope: string): boolean =>
  grantsOf(who).some((grant) => roleIncludes(grant.role, ACTIONS[action]) && scopeIncludes(grant.scope, scope as Grant["scope"]));
