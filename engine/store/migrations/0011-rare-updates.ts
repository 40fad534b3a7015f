import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** What is rare among half a million missing updates is found without reading the others, in the order of the list: by machine, then by the key of an update. */
export const rareUpdates: Migration = {
  version: 11,
  async up({ schema }) {
    const order = ["machineId", "name", "architecture", "candidateVersion"] as const;
    const critical = sql<boolean>`${sql.ref("severity")} = ${sql.lit("critical")}`;
    await schema
      .createIndex("updates_critical")
      .on("updates")
      .columns([...order])
      .where(critical)
      .execute();
    const exploited = sql<boolean>`${sql.ref("exploitedSince")} is not null`;
    await schema
      .createIndex("updates_exploited")
      .on("updates")
      .columns([...order])
      .where(exploited)
      .execute();
  },
};
