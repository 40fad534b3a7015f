import { sql } from "kysely";
import type { ApprovalRule, ApprovalStatus, Decision, DecisionWord } from "../../core/approval.ts";
import type { JsonSchema } from "../../core/manifest.ts";
import type { Scope } from "../../core/scope.ts";
import type { Schema } from "../schema.ts";
import { type Db, parseJson, parseJsonOrNull, type WriteParts } from "./db.ts";
import { withinScopes } from "./scopes.ts";

/** What a job asks people for. */
export interface ApprovalRecord {
  id: string;
  jobId: string;
  call: number;
  scope: Scope;
  message: string;
  rule: ApprovalRule;
  /** JSON Schema of what approvers fill in. */
  form: JsonSchema | null;
  requesterId: string;
  requestedAt: number;
  expiresAt: number;
  /** As stored: what nobody closed may be over by now (`statusNow`). */
  status: ApprovalStatus;
  closedAt: number | null;
}

/** With what is known of its job. */
export interface ApprovalOfJob extends ApprovalRecord {
  runbook: string;
  requester: string;
  jobEnded: boolean;
}

export interface ApprovalFilter {
  scopes: readonly Scope[];
  jobId?: string;
  /** Only those that still can be decided. */
  open?: { now: number };
  /** Ids below this one: the cursor of a list that shows the newest first. */
  before?: string;
  limit: number;
}

export function approvalReads(db: Db) {
  const withJob = () =>
    db
      .selectFrom("approvals")
      .innerJoin("jobs", "jobs.id", "approvals.jobId")
      .selectAll("approvals")
      .select(["jobs.runbook", "jobs.actorJson", "jobs.endedAt"]);

  return {
    async get(id: string): Promise<ApprovalOfJob | undefined> {
      const row = await withJob().where("approvals.id", "=", id).executeTakeFirst();
      return row && ofJob(row);
    },
    /** Newest first. */
    async list({ scopes, jobId, open, before, limit }: ApprovalFilter): Promise<ApprovalOfJob[]> {
      let query = withJob().orderBy("approvals.id", "desc").limit(limit);
      query = query.where((where) => withinScopes(where, "approvals.scope", scopes));
      if (jobId) query = query.where("approvals.jobId", "=", jobId);
      if (before) query = query.where("approvals.id", "<", before);
      if (open) query = query.where("approvals.status", "=", "pending").where("approvals.expiresAt", ">", open.now).where("jobs.endedAt", "is", null);
      return (await query.execute()).map(ofJob);
    },
    /** Those that still can be decided. */
    async countOpen({ scopes, now }: { scopes: readonly Scope[]; now: number }): Promise<number> {
      const row = await db
        .selectFrom("approvals")
        .innerJoin("jobs", "jobs.id", "approvals.jobId")
        .select((fn) => fn.fn.countAll<number | string>().as("count"))
        .where((where) => withinScopes(where, "approvals.scope", scopes))
        .where("approvals.status", "=", sql.lit("pending"))
        .where("approvals.expiresAt", ">", now)
        .where("jobs.endedAt", "is", null)
        .executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    /** In the order in which they were made. */
    async decisions(approvalId: string): Promise<Decision[]> {
      const rows = await db.selectFrom("approvalDecisions").selectAll().where("approvalId", "=", approvalId).orderBy("at").orderBy("principalId").execute();
      return rows.map(({ principalId, principalName, decision, reason, answersJson, at }) => ({
        principalId,
        by: principalName,
        decision: decision as DecisionWord,
        reason,
        answers: parseJson(answersJson),
        at,
      }));
    },
  };
}

export function approvalWrites({ db, noteChange }: WriteParts) {
  const changed = () => noteChange("approvals");
  return {
    ...approvalReads(db),
    /** Asked again it stays as it was. @returns whether it is new */
    async insert({ rule, form, ...same }: ApprovalRecord): Promise<boolean> {
      changed();
      const done = await db
        .insertInto("approvals")
        .values({ ...same, ruleJson: JSON.stringify(rule), formJson: form === null ? null : JSON.stringify(form) })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .executeTakeFirst();
      return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async close(id: string, status: ApprovalStatus, at: number): Promise<void> {
      changed();
      await db.updateTable("approvals").set({ status, closedAt: at }).where("id", "=", id).where("status", "=", "pending").execute();
    },
    /** Nobody waits for those of this job any more. */
    async cancelAll(jobId: string, at: number): Promise<void> {
      const pending = db.updateTable("approvals").set({ status: "cancelled", closedAt: at }).where("jobId", "=", jobId).where("status", "=", "pending");
      if ((await pending.executeTakeFirst()).numUpdatedRows > 0n) changed();
    },
    async decide(approvalId: string, { principalId, by, decision, reason, answers, at }: Decision): Promise<void> {
      changed();
      await db
        .insertInto("approvalDecisions")
        .values({ approvalId, principalId, principalName: by, decision, reason, answersJson: JSON.stringify(answers), at })
        .execute();
    },
  };
}

function ofJob(row: Schema["approvals"] & { runbook: string; actorJson: string; endedAt: number | null }): ApprovalOfJob {
  const { ruleJson, formJson, actorJson, endedAt, ...same } = row;
  return {
    ...same,
    status: row.status as ApprovalStatus,
    rule: parseJson(ruleJson),
    form: parseJsonOrNull(formJson),
    requester: parseJson<{ name: string }>(actorJson).name,
    jobEnded: endedAt !== null,
  };
}
