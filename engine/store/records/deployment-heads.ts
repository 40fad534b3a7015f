import type { DeploymentStatus } from "../../core/deploy/status.ts";
import type { Scope } from "../../core/scope.ts";
import type { Db } from "./db.ts";
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
    /** Those that are open at some time of a range, by when they open. */
    async between(scopes: readonly Scope[], { from, to, limit }: { from: number; to: number; limit: number }): Promise<DeploymentHead[]> {
      const query = db.selectFrom("deployments").select(["id", "scope", "windowId", "window", "occurrence", "opensAt", "closesAt", "status"]);
      const rows = await query
        .where((where) => withinScopes(where, "deployments.scope", scopes))
        .where("opensAt", "<", to)
        .where("closesAt", ">", from)
        .orderBy("opensAt")
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, status: row.status as DeploymentStatus }));
    },
  };
}
