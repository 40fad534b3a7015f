import type { Scope } from "../../core/scope.ts";
import type { Db } from "./db.ts";

/** What lies in a scope, not below it. */
export interface ScopeCount {
  scope: Scope;
  machines: number;
  runbooks: number;
}

export function scopeCountReads(db: Db) {
  const machines = () =>
    db
      .selectFrom("machines")
      .select(["scope", (fn) => fn.fn.countAll<number | string>().as("count")])
      .where("removedAt", "is", null)
      .groupBy("scope")
      .execute();
  const runbooks = () =>
    db
      .selectFrom("runbooks")
      .select(["scope", (fn) => fn.fn.countAll<number | string>().as("count")])
      .where("deletedAt", "is", null)
      .groupBy("scope")
      .execute();
  return {
    /** Of all scopes in which anything lies. */
    async all(): Promise<ScopeCount[]> {
      const found = new Map<Scope, ScopeCount>();
      const of = (scope: Scope): ScopeCount => {
        const known = found.get(scope) ?? { scope, machines: 0, runbooks: 0 };
        found.set(scope, known);
        return known;
      };
      for (const { scope, count } of await machines()) of(scope).machines = Number(count);
      for (const { scope, count } of await runbooks()) of(scope).runbooks = Number(count);
      for (const { scope } of await db.selectFrom("resources").select("scope").distinct().execute()) of(scope);
      for (const { scope } of await db.selectFrom("assets").select("scope").distinct().where("deletedAt", "is", null).execute()) of(scope);
      return [...found.values()];
    },
  };
}
