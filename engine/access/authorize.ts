import { RunwrightError } from "../core/errors.ts";
import { ACTIONS, type Action, type Actor, allowedScopes, type Grant, isAllowed, ROLES, type Role, roleIncludes } from "../core/role.ts";
import { ROOT_SCOPE, type Scope, scopeIncludes } from "../core/scope.ts";

/** @throws PERMISSION_DENIED saying which role is missing where */
export function requireAction(actor: Actor, action: Action, scope: Scope): void {
  if (isAllowed(actor, action, scope)) return;
  throw new RunwrightError(
    "PERMISSION_DENIED",
    `${actor.name} needs the role "${ACTIONS[action]}" at ${scope} for ${action}, and has ${describeGrants(actor.grants)}; ask an administrator`,
  );
}

/** Whether there is any place where the actor may do this. @throws PERMISSION_DENIED */
export function requireSomewhere(actor: Actor, action: Action): void {
  if (allowedScopes(actor, action).length > 0) return;
  throw new RunwrightError(
    "PERMISSION_DENIED",
    `${actor.name} needs the role "${ACTIONS[action]}" for ${action}, and has ${describeGrants(actor.grants)}; ask an administrator`,
  );
}

/**
 * Where something new goes when nobody said where: the root when the actor may, else the only place where it may.
 * @throws PERMISSION_DENIED when there is none, BAD_REQUEST when there are several
 */
export function defaultScope(actor: Actor, action: Action): Scope {
  requireSomewhere(actor, action);
  const scopes = [...new Set(allowedScopes(actor, action))];
  if (scopes.includes(ROOT_SCOPE)) return ROOT_SCOPE;
  const [only, ...others] = scopes.filter((scope) => !scopes.some((outer) => outer !== scope && scopeIncludes(outer, scope)));
  if (only === undefined || others.length > 0) throw new RunwrightError("BAD_REQUEST", `say in which scope: ${scopes.join(", ")}`);
  return only;
}

/** What a token's own role and scope leave of its principal's grants: never more than either. */
export function narrow(grants: readonly Grant[], role: Role | null, scope: Scope | null): Grant[] {
  const limit: Grant = { role: role ?? "admin", scope: scope ?? ROOT_SCOPE };
  return grants.flatMap((grant) => {
    const place = scopeIncludes(limit.scope, grant.scope) ? grant.scope : scopeIncludes(grant.scope, limit.scope) ? limit.scope : undefined;
    if (place === undefined) return [];
    return [{ role: roleIncludes(grant.role, limit.role) ? limit.role : grant.role, scope: place }];
  });
}

/** Nobody hands out more than they hold, and only where they may hand out at all. @throws PERMISSION_DENIED */
export function requireToGive(actor: Actor, action: "token.write" | "role.write", grants: readonly Grant[]): void {
  for (const { role, scope } of grants) {
    requireAction(actor, action, scope);
    const holds = actor.grants.some((own) => roleIncludes(own.role, role) && scopeIncludes(own.scope, scope));
    if (!holds) throw new RunwrightError("PERMISSION_DENIED", `${actor.name} can't give the role "${role}" at ${scope}: nobody gives more than they hold`);
  }
}

export const describeGrants = (grants: readonly Grant[]): string =>
  grants.length === 0
    ? "no role"
    : [...grants]
        .sort((a, b) => ROLES.indexOf(b.role) - ROLES.indexOf(a.role))
        .map(({ role, scope }) => `${role} at ${scope}`)
        .join(", ");
