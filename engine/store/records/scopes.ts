import type { Expression, ExpressionBuilder, ReferenceExpression, SqlBool } from "kysely";
import type { Scope } from "../../core/scope.ts";

/** Rows that lie in one of the scopes or below it; none for an empty list. */
export function withinScopes<DB, Tables extends keyof DB>(
  where: ExpressionBuilder<DB, Tables>,
  column: ReferenceExpression<DB, Tables>,
  scopes: readonly Scope[],
): Expression<SqlBool> {
  if (scopes.includes("/")) return where.lit(true) as unknown as Expression<SqlBool>;
  // Scopes hold no "%" or "_" (core/scope.ts), so LIKE needs no escaping.
  return where.or(scopes.flatMap((scope) => [where(column, "=", scope as never), where(column, "like", `${scope}/%` as never)]));
}
