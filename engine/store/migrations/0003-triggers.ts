import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Resources (schedules, webhooks, event rules, freezes), what they have fired, and what happened that rules may ask for. */
export const triggers: Migration = {
  version: 3,
  async up({ schema, types: { blob } }) {
    await schema.alterTable("jobs").addColumn("source", "text").execute();
    await schema
      .createIndex("jobs_source")
      .on("jobs")
      .columns(["source"])
      .where(sql<boolean>`${sql.ref("source")} is not null and ${sql.ref("endedAt")} is null`)
      .execute();

    await schema.alterTable("machines").addColumn("staleSince", "bigint").execute();
    // Machines that aren't connected, and of which nobody was told yet. None of its columns changes with a heartbeat.
    await schema
      .createIndex("machines_gone")
      .on("machines")
      .columns(["id"])
      .where(sql<boolean>`${sql.ref("state")} = 'offline' and ${sql.ref("staleSince")} is null and ${sql.ref("removedAt")} is null`)
      .execute();
    await schema.createIndex("commands_of_jobs").on("commands").columns(["machineId", "createdAt"]).where(sql.ref("jobId"), "is not", null).execute();

    const table = (name: string) => schema.createTable(name);
    await table("resources")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("specJson", "text", (c) => c.notNull())
      .addColumn("revision", "integer", (c) => c.notNull())
      .addColumn("createdAt", "bigint", (c) => c.notNull())
      .addColumn("createdBy", "text", (c) => c.notNull())
      .addColumn("updatedAt", "bigint", (c) => c.notNull())
      .addColumn("updatedBy", "text", (c) => c.notNull())
      .addColumn("authorId", "text", (c) => c.notNull())
      .addColumn("author", "text", (c) => c.notNull())
      .addUniqueConstraint("resources_name", ["kind", "name"])
      .execute();
    await table("resourceRuns")
      .addColumn("resourceId", "text", (c) => c.notNull().references("resources.id"))
      .addColumn("run", "integer", (c) => c.notNull())
      .addColumn("runbook", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("resourceRuns_pk", ["resourceId", "run"])
      .execute();
    await schema.createIndex("resourceRuns_runbook").on("resourceRuns").columns(["runbook"]).execute();
    await table("scheduleTimers")
      .addColumn("resourceId", "text", (c) => c.primaryKey().references("resources.id"))
      .addColumn("decidedTo", "bigint", (c) => c.notNull())
      .addColumn("nextAt", "bigint", (c) => c.notNull())
      .execute();
    await schema.createIndex("scheduleTimers_next").on("scheduleTimers").columns(["nextAt", "resourceId"]).execute();
    await table("occurrences")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("resourceId", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("run", "integer", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("runbook", "text", (c) => c.notNull())
      .addColumn("dueAt", "bigint", (c) => c.notNull())
      .addColumn("decidedAt", "bigint", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("jobId", "text")
      .addColumn("requestJson", "text")
      .addUniqueConstraint("occurrences_once", ["resourceId", "key", "run"])
      .execute();
    await schema.createIndex("occurrences_resource").on("occurrences").columns(["resourceId", "id"]).execute();
    await schema.createIndex("occurrences_decided").on("occurrences").columns(["decidedAt"]).execute();
    await schema
      .createIndex("occurrences_waiting")
      .on("occurrences")
      .columns(["resourceId", "run", "id"])
      .where(sql<boolean>`${sql.ref("status")} = 'waiting'`)
      .execute();
    await table("happenings")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("documentJson", "text", (c) => c.notNull())
      .addColumn("correlationId", "text", (c) => c.notNull())
      .addColumn("depth", "integer", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addColumn("handledAt", "bigint")
      .execute();
    await schema.createIndex("happenings_open").on("happenings").columns(["at", "id"]).where(sql.ref("handledAt"), "is", null).execute();
    await schema.createIndex("happenings_at").on("happenings").columns(["at"]).execute();
    await table("webhookTokens")
      .addColumn("hash", "text", (c) => c.primaryKey())
      .addColumn("resourceId", "text", (c) => c.notNull().references("resources.id"))
      .addColumn("createdAt", "bigint", (c) => c.notNull())
      .addColumn("createdBy", "text", (c) => c.notNull())
      .addColumn("endsAt", "bigint")
      .execute();
    await schema.createIndex("webhookTokens_resource").on("webhookTokens").columns(["resourceId"]).execute();
    await table("deliveries")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("resourceId", "text", (c) => c.notNull())
      .addColumn("receivedAt", "bigint", (c) => c.notNull())
      .addColumn("address", "text", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("nonce", "text")
      .addColumn("sameAs", "text")
      .addColumn("givenKey", "text")
      .addColumn("jobIdsJson", "text", (c) => c.notNull())
      .addColumn("replayOf", "text")
      .addColumn("wrappedKey", blob, (c) => c.notNull())
      .addColumn("content", blob, (c) => c.notNull())
      .execute();
    await schema
      .createIndex("deliveries_once")
      .on("deliveries")
      .columns(["resourceId", "sameAs"])
      .unique()
      .where(sql<boolean>`${sql.ref("sameAs")} is not null`)
      .execute();
    await schema
      .createIndex("deliveries_nonce")
      .on("deliveries")
      .columns(["resourceId", "nonce"])
      .unique()
      .where(sql<boolean>`${sql.ref("nonce")} is not null`)
      .execute();
    await schema.createIndex("deliveries_resource").on("deliveries").columns(["resourceId", "id"]).execute();
    await schema.createIndex("deliveries_received").on("deliveries").columns(["receivedAt"]).execute();
    await table("machineChanges")
      .addColumn("call", "text", (c) => c.primaryKey())
      .addColumn("machineId", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .execute();
  },
};
