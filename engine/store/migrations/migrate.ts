import { type Kysely, sql, type Transaction } from "kysely";
import { RunwrightError } from "../../core/errors.ts";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";
import { first } from "./0001-first.ts";
import { durableJobs } from "./0002-durable-jobs.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [first, durableJobs];

/** The schema version that this code writes. It also runs on the next one, which may only have added things: so engines can be upgraded one by one. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Brings the database to `migrations.length`, each step in a transaction that also records the version.
 * @returns the version found afterwards: ours, or ours + 1
 * @throws DATABASE_NEWER when the database is two or more versions ahead
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect, migrations: readonly Migration[] = MIGRATIONS): Promise<number> {
  await db.schema
    .createTable("meta")
    .ifNotExists()
    .addColumn("key", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
  const target = migrations.length;
  for (;;) {
    const version = await db.transaction().execute(async (tx) => {
      await dialect.lockMigrations(tx);
      const found = await readVersion(tx);
      if (found > target + 1) {
        throw new RunwrightError(
          "DATABASE_NEWER",
          `the database has schema version ${found}, this engine knows ${target} and runs on ${target + 1} at most; start a newer engine, or restore a backup made before the upgrade`,
        );
      }
      const next = migrations[found];
      if (!next) return found;
      await next.up({ schema: tx.schema, types: dialect.types });
      await tx
        .insertInto("meta")
        .values({ key: "schemaVersion", value: String(next.version) })
        .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: String(next.version) }))
        .execute();
      return next.version;
    });
    if (version >= target) return version;
  }
}

async function readVersion(tx: Transaction<Schema>): Promise<number> {
  const row = await tx.selectFrom("meta").select("value").where("key", "=", "schemaVersion").executeTakeFirst();
  return row ? Number(row.value) : 0;
}

/** A harmless statement: whether the database answers. */
export const ping = (db: Kysely<Schema>) => sql`select 1`.execute(db).then(() => undefined);
