import { type ExpressionBuilder, sql } from "kysely";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import type { Db } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** How many jobs are where, and how many ended since a moment. */
export interface JobCounts {
  queued: number;
  running: number;
  waiting: number;
  suspended: number;
  failed: number;
  completed: number;
}

/** Each status by the index that is about it, however many jobs there are. */
export function jobCountReads(db: Db) {
  return {
    async counts({ scopes, endedSince }: { scopes: readonly Scope[]; endedSince: number }): Promise<JobCounts> {
      const jobs = () => db.selectFrom("jobs").where((where: ExpressionBuilder<Schema, "jobs">) => withinScopes(where, "jobs.scope", scopes));
      const inStatus = async (status: string, query = jobs()): Promise<number> => {
        const row = await query
          .select((fn) => fn.fn.countAll<number | string>().as("count"))
          .where("status", "=", sql.lit(status))
          .executeTakeFirst();
        return Number(row?.count ?? 0);
      };
      const ended = (status: string) => inStatus(status, jobs().where("endedAt", "is not", null).where("endedAt", ">=", endedSince));
      const [queued, running, waiting, suspended, failed, completed] = await Promise.all([
        inStatus("queued"),
        // Whoever runs has a lease: the index of those.
        inStatus("running", jobs().where("leaseUntil", "is not", null)),
        inStatus("waiting"),
        inStatus("suspended"),
        ended("failed"),
        ended("completed"),
      ]);
      return { queued, running, waiting, suspended, failed, completed };
    },
  };
}
