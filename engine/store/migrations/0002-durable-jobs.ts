import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Waiting for people, events and other jobs; retries; concurrency keys; fair shares. Engines of schema version 1 go on beside it: every new column has a default. */
export const durableJobs: Migration = {
  version: 2,
  async up({ schema }) {
    const jobs = () => schema.alterTable("jobs");
    await jobs().addColumn("concurrencyKey", "text").execute();
    for (const column of ["heldBack", "retries", "streamBase"]) {
      await jobs()
        .addColumn(column, "integer", (c) => c.notNull().defaultTo(0))
        .execute();
    }
    await jobs()
      .addColumn("turn", "bigint", (c) => c.notNull().defaultTo(0))
      .execute();
    await jobs()
      .addColumn("journalFormat", "integer", (c) => c.notNull().defaultTo(1))
      .execute();
    await jobs().addColumn("runtime", "text").execute();
    await schema
      .alterTable("journal")
      .addColumn("retry", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await schema.alterTable("assetVersions").addColumn("writtenBy", "text").execute();
    const queued = () => sql<boolean>`${sql.ref("status")} = 'queued' and ${sql.ref("heldBack")} = 0`;
    await schema.dropIndex("jobs_queue").execute();
    await schema.createIndex("jobs_queue").on("jobs").columns(["priority desc", "turn", "id"]).where(queued()).execute();
    await schema.createIndex("jobs_flow").on("jobs").columns(["scope", "runbookId", "priority", "turn"]).where(queued()).execute();
    await schema
      .createIndex("jobs_concurrency")
      .on("jobs")
      .columns(["concurrencyKey", "heldBack", "priority desc", "id"])
      .where(sql<boolean>`${sql.ref("concurrencyKey")} is not null and ${sql.ref("endedAt")} is null`)
      .execute();
    await schema
      .createIndex("jobs_children")
      .on("jobs")
      .columns(["parentId"])
      .where(sql<boolean>`${sql.ref("parentId")} is not null and ${sql.ref("endedAt")} is null`)
      .execute();

    const table = (name: string) => schema.createTable(name);
    await table("approvals")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("jobId", "text", (c) => c.notNull())
      .addColumn("call", "integer", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("message", "text", (c) => c.notNull())
      .addColumn("ruleJson", "text", (c) => c.notNull())
      .addColumn("formJson", "text")
      .addColumn("requesterId", "text", (c) => c.notNull())
      .addColumn("requestedAt", "bigint", (c) => c.notNull())
      .addColumn("expiresAt", "bigint", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("closedAt", "bigint")
      .execute();
    await schema.createIndex("approvals_job").on("approvals").columns(["jobId", "call"]).execute();
    await schema.createIndex("approvals_pending").on("approvals").columns(["id"]).where(sql.ref("status"), "=", sql.lit("pending")).execute();
    await table("approvalDecisions")
      .addColumn("approvalId", "text", (c) => c.notNull().references("approvals.id"))
      .addColumn("principalId", "text", (c) => c.notNull())
      .addColumn("principalName", "text", (c) => c.notNull())
      .addColumn("decision", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("answersJson", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("approvalDecisions_pk", ["approvalId", "principalId"])
      .execute();
    await table("topics")
      .addColumn("topic", "text", (c) => c.primaryKey())
      .addColumn("lastSeq", "bigint", (c) => c.notNull())
      .execute();
    await table("events")
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("seq", "bigint", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("payloadJson", "text", (c) => c.notNull())
      .addColumn("publishedBy", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("events_pk", ["name", "seq"])
      .execute();
    await schema.createIndex("events_at").on("events").columns(["at"]).execute();
    await table("waits")
      .addColumn("topic", "text", (c) => c.notNull())
      .addColumn("jobId", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("waits_pk", ["topic", "jobId"])
      .execute();
    await schema.createIndex("waits_job").on("waits").columns(["jobId"]).execute();
    await table("machineChanges")
      .addColumn("call", "text", (c) => c.primaryKey())
      .addColumn("machineId", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .execute();
  },
};
