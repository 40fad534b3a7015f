import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Verdicts of policies, installs and vulnerabilities. Engines of schema version 4 go on beside it: what they don't write has a default. */
export const updatePolicies: Migration = {
  version: 5,
  async up({ schema }) {
    // With its condition among the columns, who counts jobs of a key reads nothing but the index.
    await schema.dropIndex("jobs_concurrency").execute();
    await schema
      .createIndex("jobs_concurrency")
      .on("jobs")
      .columns(["concurrencyKey", "heldBack", "priority desc", "id", "endedAt"])
      .where(sql<boolean>`${sql.ref("concurrencyKey")} is not null and ${sql.ref("endedAt")} is null`)
      .execute();
    const packages = () => schema.alterTable("packages");
    await packages().addColumn("sourceName", "text").execute();
    await packages().addColumn("sourceVersion", "text").execute();

    const updates = () => schema.alterTable("updates");
    await updates()
      .addColumn("kind", "text", (c) => c.notNull().defaultTo("package"))
      .execute();
    await updates().addColumn("title", "text").execute();
    await updates()
      .addColumn("advisoriesJson", "text", (c) => c.notNull().defaultTo("[]"))
      .execute();
    await updates()
      .addColumn("verdict", "text", (c) => c.notNull().defaultTo("approved"))
      .execute();
    await updates().addColumn("dueAt", "bigint").execute();
    await updates().addColumn("reportedJson", "text").execute();
    await updates().addColumn("exploitedSince", "bigint").execute();
    await updates().addColumn("epss", "real").execute();
    await schema.createIndex("updates_name").on("updates").columns(["name", "candidateVersion"]).execute();

    const assessments = () => schema.alterTable("assessments");
    await assessments().addColumn("digest", "text").execute();
    await assessments()
      .addColumn("verdictsJson", "text", (c) => c.notNull().defaultTo("{}"))
      .execute();
    // What engines of version 4 have assessed, or assess beside us, has no verdicts yet: it is due.
    await assessments()
      .addColumn("judgeAgainAt", "bigint", (c) => c.defaultTo(0))
      .execute();
    await schema
      .createIndex("assessments_again")
      .on("assessments")
      .columns(["judgeAgainAt"])
      .where(sql<boolean>`${sql.ref("current")} = 1 and ${sql.ref("judgeAgainAt")} is not null`)
      .execute();
    await schema.createIndex("assessments_age").on("assessments").columns(["receivedAt"]).execute();

    await schema
      .createTable("updatesFirstSeen")
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("architecture", "text", (c) => c.notNull())
      .addColumn("candidateVersion", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("updatesFirstSeen_pk", ["scope", "name", "architecture", "candidateVersion"])
      .execute();

    await schema.createIndex("updatesFirstSeen_age").on("updatesFirstSeen").columns(["at"]).execute();
    await schema
      .createTable("judgings")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("after", "text", (c) => c.notNull())
      .addColumn("leftJson", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .execute();

    await schema
      .createTable("installs")
      .addColumn("commandId", "text", (c) => c.primaryKey())
      .addColumn("machineId", "text", (c) => c.notNull())
      .addColumn("jobId", "text")
      .addColumn("packageManager", "text", (c) => c.notNull())
      .addColumn("startedAt", "bigint", (c) => c.notNull())
      .addColumn("endedAt", "bigint")
      .addColumn("rebootPending", "integer", (c) => c.notNull())
      .addColumn("resumed", "integer", (c) => c.notNull())
      .addColumn("repairsJson", "text", (c) => c.notNull())
      .addColumn("logFile", "text", (c) => c.notNull())
      .execute();
    await schema.createIndex("installs_machine").on("installs").columns(["machineId", "startedAt"]).execute();
    await schema.createIndex("installs_age").on("installs").columns(["startedAt"]).execute();

    await schema
      .createTable("installedUpdates")
      .addColumn("commandId", "text", (c) => c.notNull())
      .addColumn("machineId", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("architecture", "text", (c) => c.notNull())
      .addColumn("fromVersion", "text")
      .addColumn("version", "text", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("message", "text", (c) => c.notNull())
      .addColumn("startedAt", "bigint")
      .addColumn("endedAt", "bigint")
      .addPrimaryKeyConstraint("installedUpdates_pk", ["commandId", "name", "architecture"])
      .execute();
    await schema.createIndex("installedUpdates_name").on("installedUpdates").columns(["name", "version"]).execute();
    await schema.createIndex("installedUpdates_machine").on("installedUpdates").columns(["machineId", "name"]).execute();

    await schema
      .createTable("vulnerabilityFixes")
      .addColumn("edition", "text", (c) => c.notNull())
      .addColumn("platform", "text", (c) => c.notNull())
      .addColumn("package", "text", (c) => c.notNull())
      .addColumn("fixedVersion", "text", (c) => c.notNull())
      .addColumn("advisory", "text", (c) => c.notNull())
      .addColumn("affectedFrom", "text", (c) => c.notNull())
      .addColumn("severity", "text", (c) => c.notNull())
      .addColumn("cvesJson", "text", (c) => c.notNull())
      .addPrimaryKeyConstraint("vulnerabilityFixes_pk", ["edition", "platform", "package", "fixedVersion", "advisory"])
      .execute();
    await schema
      .createTable("vulnerabilities")
      .addColumn("edition", "text", (c) => c.notNull())
      .addColumn("cve", "text", (c) => c.notNull())
      .addColumn("severity", "text", (c) => c.notNull())
      .addColumn("exploitedSince", "bigint")
      .addColumn("epss", "real")
      .addPrimaryKeyConstraint("vulnerabilities_pk", ["edition", "cve"])
      .execute();
    await schema
      .createTable("vulnerabilityImports")
      .addColumn("edition", "text", (c) => c.primaryKey())
      .addColumn("source", "text", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("file", "text", (c) => c.notNull())
      .addColumn("startedAt", "bigint", (c) => c.notNull())
      .addColumn("importedAt", "bigint")
      .addColumn("importedBy", "text", (c) => c.notNull())
      .addColumn("fixes", "integer", (c) => c.notNull())
      .addColumn("vulnerabilities", "integer", (c) => c.notNull())
      .addColumn("skipped", "integer", (c) => c.notNull())
      .execute();
    await schema
      .createIndex("vulnerabilityImports_valid")
      .on("vulnerabilityImports")
      .columns(["source"])
      .unique()
      .where(sql.ref("status"), "=", sql.lit("valid"))
      .execute();
  },
};
