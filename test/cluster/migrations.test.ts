import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import pg from "pg";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Dialect } from "../../engine/store/dialect.ts";
import { MIGRATIONS, migrate } from "../../engine/store/migrations/migrate.ts";
import type { Migration } from "../../engine/store/migrations/migration.ts";
import { openPostgres } from "../../engine/store/postgres/dialect.ts";
import { openSqlite } from "../../engine/store/sqlite/dialect.ts";
import { openStore, SCHEMA_VERSION } from "../../engine/store/store.ts";
import { startEngineProcess } from "../engine/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** In the order in which they refer to each other. */
const TABLES = ["principals", "grants", "tokens", "assets", "assetVersions", "runbooks", "bundles", "versions", "jobs"];
const MORE_TABLES = ["jobTransitions", "journal", "streams", "activity", "meta"];
/** What these tables hold isn't known to the types of the present schema. */
type AnyTables = Kysely<Record<string, Record<string, unknown>>>;

/**
 * A database as code of schema version 1 leaves it: its own migration alone, and rows without the columns that came later. Present code can't work on that schema, so
 * that the rows are written by it on its own and then carried over.
 */
async function carryToFirstSchema(from: Dialect, to: Dialect): Promise<void> {
  assert.equal(await migrate(to.writer, to, MIGRATIONS.slice(0, 1)), 1);
  const [source, target] = [from.reader as unknown as AnyTables, to.writer as unknown as AnyTables];
  const known = new Map((await target.introspection.getTables()).map((table) => [table.name, table.columns.map((column) => column.name)]));
  for (const table of [...TABLES, ...MORE_TABLES]) {
    const columns = known.get(table) ?? [];
    const rows = await source.selectFrom(table).select(columns).execute();
    for (const row of rows) if (row.key !== "schemaVersion") await target.insertInto(table).values(row).execute();
  }
}

describe("a database of schema version 1", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  for (const kind of ["sqlite", "postgres"] as const) {
    it(`is migrated with its data on ${kind}: a job that was queued and one that slept go on`, async () => {
      const env: Record<string, string> = { RUNWRIGHT_RUNNERS: "1", RUNWRIGHT_LOG_LEVEL: "silent", RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
      await using present = await temporaryDirectory();
      await using old = await temporaryDirectory();
      const databases = kind === "sqlite" ? null : { present: await postgres.newDatabase(), old: await postgres.newDatabase() };
      const open = (which: "present" | "old", directory: string): Dialect =>
        databases ? openPostgres(databases[which]) : openSqlite(join(directory, "runwright.db"));

      const before = await startEngineProcess(present.path, { ...env, ...(databases ? { RUNWRIGHT_DATABASE: databases.present } : {}) });
      let ids: string[];
      try {
        assert.equal((await before.request("PUT", "/api/v1/assets/greeting", { kind: "variable", scope: "/", value: "hello" })).status, 200);
        await before.publish(
          "naps",
          `async ({ output, sleep, variables }) => { output("begun"); const greeting = await variables.get("greeting"); await sleep("5s"); output(greeting); }`,
          'permissions: { variables: ["greeting"] },',
        );
        ids = [(await before.run("naps")).id, (await before.run("naps")).id];
        for (const id of ids) {
          await eventually("the job sleeps", async () => ((await before.request<Job>("GET", `/api/v1/jobs/${id}`)).body.status === "waiting" ? id : undefined));
        }
        // Its value is in the journal of the one that slept.
        assert.equal((await before.request("PUT", "/api/v1/assets/greeting", { kind: "variable", scope: "/", value: "good evening" })).status, 200);
      } finally {
        await before.stop();
      }

      const [source, target] = [open("present", present.path), open("old", old.path)];
      try {
        await carryToFirstSchema(source, target);
        // The second one was asked for, and nobody has taken it yet.
        const anew = { status: "queued", attempt: 0, fence: 0, startedAt: null, wakeAt: null, settleSeq: 0, streamSeq: 0, usedMs: 0 };
        const rows = target.writer as unknown as AnyTables;
        await rows.updateTable("jobs").set(anew).where("id", "=", ids[1]).execute();
        for (const table of ["journal", "streams"]) await rows.deleteFrom(table).where("jobId", "=", ids[1]).execute();
        await rows.deleteFrom("jobTransitions").where("jobId", "=", ids[1]).where("seq", ">", 1).execute();
      } finally {
        await source.stop();
        await target.stop();
      }
      await copyFile(join(present.path, "admin.json"), join(old.path, "admin.json"));

      const after = await startEngineProcess(old.path, { ...env, ...(databases ? { RUNWRIGHT_DATABASE: databases.old } : {}) });
      try {
        const { body } = await after.request<{ checks: { detail: string }[] }>("GET", "/readyz");
        assert.ok(body.checks.some((check) => check.detail === `${kind}, schema version ${SCHEMA_VERSION}`));
        const [slept, queued] = [await after.end(ids[0] ?? ""), await after.end(ids[1] ?? "")];
        assert.deepEqual([slept.status, slept.outputs, slept.attempt], ["completed", ["begun", "hello"], 2], JSON.stringify(slept));
        assert.deepEqual([queued.status, queued.outputs], ["completed", ["begun", "good evening"]], JSON.stringify(queued));
        assert.deepEqual((await after.end((await after.run("naps")).id)).outputs, ["begun", "good evening"]);
      } finally {
        await after.kill();
      }
    });
  }
});

describe("a migration while engines are at work on PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let url: string;
  let dialect: Dialect;
  const clients: pg.Client[] = [];
  const next: Migration = {
    version: SCHEMA_VERSION + 1,
    async up({ schema }) {
      for (const table of ["journal", "jobs"]) await schema.alterTable(table).addColumn("next", "text").execute();
    },
  };
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    url = await postgres.newDatabase();
    dialect = openPostgres(url);
    await migrate(dialect.writer, dialect);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await dialect.stop();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(url);
    clients.push(client);
    await client.connect();
    return client;
  }
  const waitsForLock = () =>
    eventually("the migration waits for a table", async () => {
      const { rows } = await sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'alter table%'`.execute(dialect.reader);
      return rows.length > 0 ? true : undefined;
    });

  it("gives way to a transaction that needs what it holds: no engine's write becomes the victim of a deadlock", async () => {
    const engine = await connect();
    await engine.query("begin");
    await engine.query("lock table jobs in row exclusive mode");
    const migrated = migrate(dialect.writer, dialect, [...MIGRATIONS, next]);
    await waitsForLock();
    // The migration holds the journal and wants the jobs; this is the other way round.
    await engine.query("lock table journal in row exclusive mode");
    await engine.query("commit");
    assert.equal(await migrated, SCHEMA_VERSION + 1);
  });

  it("holds nobody up while it waits for a long transaction", async () => {
    const [long, engine] = [await connect(), await connect()];
    await long.query("begin");
    await long.query("select count(*) from jobs");
    const migrated = migrate(dialect.writer, dialect, [...MIGRATIONS, next]);
    await waitsForLock();
    const began = performance.now();
    await engine.query("select count(*) from jobs");
    assert.ok(performance.now() - began < 3_000);
    await long.query("commit");
    assert.equal(await migrated, SCHEMA_VERSION + 1);
  });

  it("is made once when several engines start at the same moment on an empty database", async () => {
    const empty = await postgres.newDatabase();
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(empty)));
    for (const store of stores) {
      assert.equal(store.describe().schemaVersion, SCHEMA_VERSION);
      await store.ping();
      await store.stop();
    }
  });
});
