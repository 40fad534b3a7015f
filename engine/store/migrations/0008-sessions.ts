import type { Migration } from "./migration.ts";

/** Sessions of browsers: tokens that end with the token that they were made from. */
export const sessions: Migration = {
  version: 8,
  async up({ schema }) {
    await schema.alterTable("tokens").addColumn("sessionOf", "text").execute();
  },
};
