import type { Permissions } from "../manifest.ts";
import { type Scope, scopeIncludes } from "../scope.ts";

/**
 * Why a window of this scope can't be carried out by a runbook that lies there; undefined: it can. From above comes only what may do nothing but carry deployments out: whoever
 * writes windows for a part of the fleet must not start with them what the whole fleet's runbooks may.
 */
export function whyNotCarrier(window: Scope, { name, scope, permissions }: { name: string; scope: Scope; permissions: Permissions }): string | undefined {
  if (scopeIncludes(window, scope)) return undefined;
  const where = `runbook "${name}" lies in ${scope}, outside of ${window}`;
  if (!scopeIncludes(scope, window))
    return `${where}: a window starts runbooks of its own scope and below, or one from above that only carries deployments out`;
  const { deployments: _, ...others } = permissions;
  const more = Object.entries(others).filter(([, granted]) => granted !== undefined);
  return more.length === 0
    ? undefined
    : `${where}, and may do more than carry deployments out (${more.map(([word]) => word).join(", ")}): publish a copy of it in ${window}`;
}
