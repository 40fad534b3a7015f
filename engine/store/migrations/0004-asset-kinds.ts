import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Credentials, certificates and connections, typed and encrypted variables; parameters of jobs that hold secrets. Engines of schema version 3 go on beside it. */
export const assetKinds: Migration = {
  version: 4,
  async up({ schema, types: { blob } }) {
    const assets = () => schema.alterTable("assets");
    await assets().addColumn("type", "text").execute();
    await assets()
      .addColumn("encrypted", "integer", (c) => c.notNull().defaultTo(0))
      .execute();
    await assets().addColumn("subject", "text").execute();
    await assets().addColumn("notAfter", "bigint").execute();
    await schema
      .createIndex("assets_expiry")
      .on("assets")
      .columns(["notAfter"])
      .where(sql<boolean>`${sql.ref("notAfter")} is not null and ${sql.ref("deletedAt")} is null`)
      .execute();
    await schema.alterTable("jobs").addColumn("sealedParams", blob).execute();
  },
};
