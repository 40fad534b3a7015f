import type { Migration } from "./migration.ts";

/** Jobs that somebody debugs or replays, and jobs that may reach one machine only. */
export const debugging: Migration = {
  version: 7,
  async up({ schema }) {
    await schema.alterTable("jobs").addColumn("debug", "text").execute();
    await schema.alterTable("jobs").addColumn("replayOf", "text").execute();
    await schema.alterTable("jobs").addColumn("narrowedTo", "text").execute();
  },
};
