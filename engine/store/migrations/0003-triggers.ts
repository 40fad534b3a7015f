import type { Migration } from "./migration.ts";

export const triggers: Migration = {
  version: 3,
  async up() {},
};
