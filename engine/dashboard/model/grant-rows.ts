import type { Grant } from "../../core/role.ts";
import { parseScope } from "../../core/scope.ts";

/** What is wrong with each grant of a form, in the engine's words; undefined: nothing. */
export const grantProblems = (grants: readonly Grant[]): (string | undefined)[] =>
  grants.map(({ role, scope }, at) => {
    if (grants.findIndex((other) => other.role === role && other.scope === scope) < at) return "it stands above already";
    try {
      parseScope(scope);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
