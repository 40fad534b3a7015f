import type { Migration } from "./migration.ts";

/** What is installed on a machine as one packed row. Engines of schema version 9 go on with rows of `packages`, which count for machines whose set isn't that of their newest assessment; of other machines they list none until their next report, which they want whole. */
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
