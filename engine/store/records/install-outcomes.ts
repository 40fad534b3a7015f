import { sql } from "kysely";
import type { InstallStatus } from "../../core/install.ts";
import type { Scope } from "../../core/scope.ts";
import type { Db } from "./db.ts";
import { withinScopes } from "./scopes.ts";

const DAY_MS = 86_400_000;

/** How many updates of one machine ended so in installs of one day. */
export interface InstallOutcome {
  machine: string;
  /** Days since 1970, in UTC. */
  day: number;
  status: InstallStatus;
  count: number;
}

/** What became of installs, by the index of when they began. */
export function installOutcomeReads(db: Db) {
  const since = ({ scopes, from }: { scopes: readonly Scope[]; from: number }) =>
    db
      .selectFrom("installs")
      .innerJoin("installedUpdates", "installedUpdates.commandId", "installs.commandId")
      .innerJoin("machines", "machines.id", "installs.machineId")
      .where("installs.startedAt", ">=", from)
      .where("installs.action", "=", "install")
      .where("machines.removedAt", "is", null)
      .where((where) => withinScopes(where, "machines.scope", scopes));

  return {
    /** Of machines in these scopes and below, of installs that began since then (Unix milliseconds). */
    async outcomes(question: { scopes: readonly Scope[]; from: number }): Promise<InstallOutcome[]> {
      const day = sql<number | string>`${sql.ref("installs.startedAt")} / ${sql.lit(DAY_MS)}`;
      const rows = await since(question)
        .select(["machines.name as machine", "installedUpdates.status", day.as("day")])
        .select((fn) => fn.fn.countAll<number | string>().as("count"))
        .groupBy(["machines.name", "installedUpdates.status", day])
        .execute();
      return rows.map(({ machine, status, day, count }) => ({ machine, status: status as InstallStatus, day: Math.floor(Number(day)), count: Number(count) }));
    },

    /** Which updates failed on which machine, and how often. */
    async failures(question: { scopes: readonly Scope[]; from: number }): Promise<{ machine: string; name: string; count: number }[]> {
      const rows = await since(question)
        .where("installedUpdates.status", "=", "Failed")
        .select(["machines.name as machine", "installedUpdates.name"])
        .select((fn) => fn.fn.countAll<number | string>().as("count"))
        .groupBy(["machines.name", "installedUpdates.name"])
        .execute();
      return rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }));
    },
  };
}
