import type { Kysely } from "kysely";
import { RunwrightError } from "../../core/errors.ts";
import type { Dialect } from "../dialect.ts";
import { overOutages } from "../outage.ts";
import type { Schema } from "../schema.ts";
import { first } from "./0001-first.ts";
import { durableJobs } from "./0002-durable-jobs.ts";
import { triggers } from "./0003-triggers.ts";
import { assetKinds } from "./0004-asset-kinds.ts";
import { updatePolicies } from "./0005-update-policies.ts";
import { deployments } from "./0006-deployments.ts";
import { debugging } from "./0007-debugging.ts";
import { sessions } from "./0008-sessions.ts";
import { dashboard } from "./0009-dashboard.ts";
import { packageSets } from "./0010-package-sets.ts";
import { rareUpdates } from "./0011-rare-updates.ts";
import type { Migration } from "./migration.ts";

export const MIGRATIONS: readonly Migration[] = [
  first,
  durableJobs,
  triggers,
  assetKinds,
  updatePolicies,
  deployments,
  debugging,
  sessions,
  dashboard,
  packageSets,
  rareUpdates,
];

/** The schema version that this code writes. It also runs on the next one, which may only have added things: so engines can be upgraded one by one. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** How long a migration is tried again when transactions of engines at work are in its way. */
const PATIENCE_MS = 60_000;

/**
 * Brings the database to `migrations.length`, each step in a transaction that also records the version. Engines may be at work meanwhile: a step that can't have its
 * tables at once gives way and is tried again.
 * @returns the version found afterwards: ours, or ours + 1
 * @throws DATABASE_NEWER when the database is two or more versions ahead
 */
export async function migrate(db: Kysely<Schema>, dialect: Dialect, migrations: readonly Migration[] = MIGRATIONS): Promise<number> {
  const patience = { signal: AbortSignal.timeout(PATIENCE_MS), passes: dialect.isTransient };
  await overOutages(() => createMeta(db, dialect), patience);
  for (;;) {
    const version = await overOutages(() => step(db, dialect, migrations), patience);
    if (version >= migrations.length) return version;
  }
}

/** @returns the version afterwards */
function step(db: Kysely<Schema>, dialect: Dialect, migrations: readonly Migration[]): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await dialect.lockMigrations(tx);
    const found = await readVersion(tx);
    refuseNewer(found, migrations.length);
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
}

/** Under the lock as well: engines that start on an empty database at the same moment would all find that it is missing, and all but one fail. */
function createMeta(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  return db.transaction().execute(async (tx) => {
    await dialect.lockMigrations(tx);
    await tx.schema
      .createTable("meta")
      .ifNotExists()
      .addColumn("key", "text", (c) => c.primaryKey())
      .addColumn("value", "text", (c) => c.notNull())
      .execute();
  });
}

function refuseNewer(found: number, known: number): void {
  if (found <= known + 1) return;
  throw new RunwrightError(
    "DATABASE_NEWER",
    `the database has schema version ${found}, this engine knows ${known} and runs on ${known + 1} at most; start a newer engine, or restore a backup made before the upgrade`,
  );
}

async function readVersion(db: Kysely<Schema>): Promise<number> {
  const row = await db.selectFrom("meta").select("value").where("key", "=", "schemaVersion").executeTakeFirst();
  return row ? Number(row.value) : 0;
}

/** Whether the database answers, and still is one that this code can work with: another engine may have migrated it since. @throws DATABASE_NEWER */
export async function ping(db: Kysely<Schema>): Promise<void> {
  refuseNewer(await readVersion(db), SCHEMA_VERSION);
}
