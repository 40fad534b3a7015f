import type { DeploymentStatus } from "../../core/deploy/status.ts";
import type { Scope } from "../../core/scope.ts";
import { type Db, parts } from "./db.ts";
import type { DeploymentRecord } from "./deployments.ts";
import { withinScopes } from "./scopes.ts";

/** What a calendar shows of a deployment. */
export type DeploymentHead = Pick<DeploymentRecord, "id" | "scope" | "windowId" | "window" | "occurrence" | "opensAt" | "closesAt" | "status">;

/** Deployments without what was planned in them. */
export function deploymentHeadReads(db: Db) {
  return {
    /** How many are in each of these statuses. */
    async countByStatus(scopes: readonly Scope[], statuses: readonly DeploymentStatus[]): Promise<Partial<Record<DeploymentStatus, number>>> {
      const rows = await db
        .selectFrom("deployments")
        .select(["status", (fn) => fn.fn.countAll<number | string>().as("count")])
        .where((where) => withinScopes(where, "deployments.scope", scopes))
        .where("status", "in", statuses)
        .groupBy("status")
        .execute();
      return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
    },
    /** Those of these windows that are open at some time of a range, by when they open. */
    async between(windowIds: readonly string[], { from, to }: { from: number; to: number }): Promise<DeploymentHead[]> {
      const found: DeploymentHead[] = [];
      for (const some of parts(windowIds)) {
        const query = db.selectFrom("deployments").select(["id", "scope", "windowId", "window", "occurrence", "opensAt", "closesAt", "status"]);
        const rows = await query.where("windowId", "in", some).where("opensAt", "<", to).where("closesAt", ">", from).orderBy("opensAt").execute();
        found.push(...rows.map((row) => ({ ...row, status: row.status as DeploymentStatus })));
      }
      return found;
    },
  };
}
