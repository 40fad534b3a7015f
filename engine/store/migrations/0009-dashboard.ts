import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** What a dashboard asks about all machines at once: sets of missing updates in a form that is read in milliseconds, figures of each day, and indexes. */
export const dashboard: Migration = {
  version: 9,
  async up({ schema, types: { counter } }) {
    // What all machines share that miss the same update. Ids are small numbers: sets name offers by them.
    await schema
      .createTable("offers")
      .addColumn("id", counter, (c) => c.primaryKey())
      .addColumn("hash", "text", (c) => c.notNull().unique())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("title", "text")
      .addColumn("architecture", "text", (c) => c.notNull())
      .addColumn("candidateVersion", "text", (c) => c.notNull())
      .addColumn("classification", "text", (c) => c.notNull())
      .addColumn("severity", "text", (c) => c.notNull())
      .addColumn("cvesJson", "text", (c) => c.notNull())
      .addColumn("exploitedSince", "bigint")
      .addColumn("epss", "real")
      .execute();

    // Apart from machines and assessments: one small row a machine, so that all of them are read without what else is known of a machine.
    await schema
      .createTable("standings")
      .addColumn("machineId", "text", (c) => c.primaryKey())
      .addColumn("format", "integer", (c) => c.notNull().defaultTo(0))
      .addColumn("assessmentId", "text")
      .addColumn("figures", "text", (c) => c.notNull().defaultTo(""))
      .addColumn("sums", "text", (c) => c.notNull().defaultTo(""))
      .addColumn("updates", "text", (c) => c.notNull().defaultTo(""))
      .execute();

    await schema
      .createTable("dailyFigures")
      .addColumn("day", "text", (c) => c.notNull())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("takenAt", "bigint", (c) => c.notNull())
      .addColumn("complianceJson", "text", (c) => c.notNull())
      .addColumn("missingJson", "text", (c) => c.notNull())
      .addColumn("overdue", "integer", (c) => c.notNull())
      .addPrimaryKeyConstraint("dailyFigures_pk", ["day", "scope"])
      .execute();

    await schema.alterTable("deployments").addColumn("haltedAt", "bigint").execute();

    // How many jobs ended in the last day, however many there are: status and scope are read from the index alone.
    await schema
      .createIndex("jobs_ended")
      .on("jobs")
      .columns(["endedAt", "status", "scope"])
      .where(sql<boolean>`${sql.ref("endedAt")} is not null`)
      .execute();
    // The one status of an open job that no other index is about.
    await schema.createIndex("jobs_suspended").on("jobs").columns(["scope"]).where(sql.ref("status"), "=", sql.lit("suspended")).execute();
    // A machine's commands, newest first; until now only those that are open were looked for.
    await schema.createIndex("commands_machine").on("commands").columns(["machineId", "createdAt", "id"]).execute();
    // Filters of the activity log, whose entries are listed by number: without them one that fits rarely is looked for in all.
    await schema.createIndex("activity_target").on("activity").columns(["target", "seq"]).execute();
    await schema.createIndex("activity_operation").on("activity").columns(["operation", "seq"]).execute();
    await schema.createIndex("activity_actor").on("activity").columns(["actorName", "seq"]).execute();
    await schema.createIndex("activity_at").on("activity").columns(["at"]).execute();
    await schema.createIndex("activity_refused").on("activity").columns(["result", "seq"]).where(sql.ref("result"), "!=", sql.lit("ok")).execute();
  },
};
