import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Deployments: one rollout in one occurrence of a maintenance window, and what becomes of each machine in it. */
export const deployments: Migration = {
  version: 6,
  async up({ schema }) {
    await schema
      .createTable("deployments")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("scope", "text", (c) => c.notNull())
      .addColumn("windowId", "text", (c) => c.notNull())
      .addColumn("window", "text", (c) => c.notNull())
      .addColumn("specJson", "text", (c) => c.notNull())
      .addColumn("occurrence", "text", (c) => c.notNull())
      .addColumn("opensAt", "bigint", (c) => c.notNull())
      .addColumn("closesAt", "bigint", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("planHash", "text", (c) => c.notNull())
      .addColumn("allowedFailures", "integer", (c) => c.notNull())
      .addColumn("forgiven", "integer", (c) => c.notNull().defaultTo(0))
      .addColumn("requestedBy", "text", (c) => c.notNull())
      .addColumn("requesterId", "text", (c) => c.notNull())
      .addColumn("changerId", "text", (c) => c.notNull())
      .addColumn("changedBy", "text", (c) => c.notNull())
      .addColumn("createdAt", "bigint", (c) => c.notNull())
      .addColumn("startedAt", "bigint")
      .addColumn("endedAt", "bigint")
      .addColumn("jobId", "text")
      .addColumn("runbookVersion", "integer")
      .addColumn("hookVersionsJson", "text", (c) => c.notNull().defaultTo("{}"))
      .addColumn("retryOf", "text")
      .addColumn("hooksJson", "text", (c) => c.notNull().defaultTo("[]"))
      .execute();
    // One deployment for an occurrence, however many engines look.
    await schema.createIndex("deployments_occurrence").unique().on("deployments").columns(["windowId", "occurrence"]).execute();
    await schema.createIndex("deployments_window").on("deployments").columns(["windowId", "status"]).execute();
    await schema.createIndex("deployments_ended").on("deployments").columns(["endedAt"]).execute();
    await schema.createIndex("deployments_open").on("deployments").columns(["status", "opensAt"]).execute();
    await schema.createIndex("deployments_job").on("deployments").columns(["jobId"]).execute();

    await schema
      .createTable("deploymentMachines")
      .addColumn("deploymentId", "text", (c) => c.notNull())
      .addColumn("machineId", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("wave", "integer", (c) => c.notNull())
      .addColumn("place", "integer", (c) => c.notNull())
      .addColumn("opensAt", "bigint", (c) => c.notNull())
      .addColumn("closesAt", "bigint", (c) => c.notNull())
      .addColumn("planJson", "text", (c) => c.notNull())
      .addColumn("status", "text", (c) => c.notNull())
      .addColumn("message", "text", (c) => c.notNull())
      .addColumn("startedAt", "bigint")
      .addColumn("checkedAt", "bigint")
      .addColumn("endedAt", "bigint")
      .addColumn("installCommand", "text")
      .addColumn("rebootCommand", "text")
      .addColumn("bootIdBefore", "text")
      .addColumn("bootIdAfter", "text")
      .addColumn("rebootState", "text", (c) => c.notNull())
      .addColumn("notesJson", "text", (c) => c.notNull().defaultTo("[]"))
      .addPrimaryKeyConstraint("deploymentMachines_pk", ["deploymentId", "machineId"])
      .execute();
    await schema.createIndex("deploymentMachines_machine").on("deploymentMachines").columns(["machineId", "status"]).execute();
    await schema.createIndex("deploymentMachines_install").on("deploymentMachines").columns(["installCommand"]).execute();

    // Rollbacks are kept beside installs.
    await schema
      .alterTable("installs")
      .addColumn("action", "text", (c) => c.notNull().defaultTo("install"))
      .execute();

    // Of what was sent and given up the machine has the last word, and may be at work until then.
    await schema
      .alterTable("commands")
      .addColumn("unheard", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await schema.createIndex("commands_unheard").on("commands").columns(["machineId"]).where(sql.ref("unheard"), "=", sql.lit(1)).execute();

    // One machine, one deployment at a time; who holds it proves it by the fence.
    await schema
      .createTable("machineLocks")
      .addColumn("machineId", "text", (c) => c.primaryKey())
      .addColumn("deploymentId", "text", (c) => c.notNull())
      .addColumn("fence", "bigint", (c) => c.notNull())
      .addColumn("rebooting", "integer", (c) => c.notNull())
      .addColumn("since", "bigint", (c) => c.notNull())
      .execute();

    await schema
      .createTable("deploymentApprovals")
      .addColumn("deploymentId", "text", (c) => c.notNull())
      .addColumn("principalId", "text", (c) => c.notNull())
      .addColumn("principalName", "text", (c) => c.notNull())
      .addColumn("planHash", "text", (c) => c.notNull())
      .addColumn("decision", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("deploymentApprovals_pk", ["deploymentId", "principalId", "planHash"])
      .execute();

    await schema
      .createTable("windowExceptions")
      .addColumn("windowId", "text", (c) => c.notNull())
      .addColumn("occurrence", "text", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("reason", "text", (c) => c.notNull())
      .addColumn("by", "text", (c) => c.notNull())
      .addColumn("at", "bigint", (c) => c.notNull())
      .addPrimaryKeyConstraint("windowExceptions_pk", ["windowId", "occurrence"])
      .execute();

    await schema
      .createTable("windowTimers")
      .addColumn("resourceId", "text", (c) => c.primaryKey())
      .addColumn("decidedTo", "bigint", (c) => c.notNull())
      .addColumn("since", "bigint", (c) => c.notNull())
      .addColumn("nextAt", "bigint", (c) => c.notNull())
      .execute();
    await schema.createIndex("windowTimers_next").on("windowTimers").columns(["nextAt", "resourceId"]).execute();
  },
};
