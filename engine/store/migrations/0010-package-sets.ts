import type { Migration } from "./migration.ts";

/** What is installed on a machine as one packed row. Rows of `packages` that engines of schema version 9 have written count for machines whose set isn't that of their newest assessment. */
export const packageSets: Migration = {
  version: 10,
  async up({ schema, types: { blob } }) {
    await schema
      .createTable("packageSets")
      .addColumn("machineId", "text", (c) => c.primaryKey())
      .addColumn("digest", "text", (c) => c.notNull())
      .addColumn("packed", blob, (c) => c.notNull())
      .execute();
  },
};
