import assert from "node:assert/strict";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { RESTORE_NOTE } from "../../engine/store/meta-keys.ts";
import { restorePostgres } from "../../engine/store/restore.ts";
import { openStore } from "../../engine/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** Stands for PostgreSQL's own program: says that it runs, waits until it may go on, and fails unless it is told to succeed. */
const PG_RESTORE = `#!/bin/sh
touch "$(dirname "$0")/runs"
while [ -e "$(dirname "$0")/runs" ]; do sleep 0.05; done
[ -e "$(dirname "$0")/succeeds" ] && exit 0
echo "it failed" >&2
exit 1
`;

describe("a restore into PostgreSQL", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let home: TemporaryDirectory;
  let url: string;
  const isThere = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    home = await temporaryDirectory();
    await mkdir(join(home.path, "bin"));
    await writeFile(join(home.path, "bin/pg_restore"), PG_RESTORE, { mode: 0o755 });
    url = await postgres.newDatabase();
  });
  afterEach(() => home.remove());

  const restore = (existing: "refuse" | { keepAs: string } = "refuse", counts: Record<string, number> = {}) =>
    codeOf(
      restorePostgres({
        ...{ file: join(home.path, "records"), counts, existing, url, note: "by ada" },
        ...{ programs: `${join(home.path, "bin")}:/usr/bin:/bin`, signal: new AbortController().signal },
      }),
    );
  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return (await client.query(text).finally(() => client.end())).rows;
  }

  it("that fails removes nothing that others have put there meanwhile, and keeps other restores out", async () => {
    const failing = restore();
    await eventually("it runs", () => isThere(join(home.path, "bin/runs")));
    assert.equal(await restore(), "DATABASE_LOCKED");
    await query("create table precious as select 1 as one");
    await rm(join(home.path, "bin/runs"));
    assert.equal(await failing, "DATABASE_UNAVAILABLE");
    assert.deepEqual(await query("select one from precious"), [{ one: 1 }]);
  });

  it("puts back what was there when it fails", async () => {
    await query("create table precious as select 1 as one");
    const failing = restore({ keepAs: "before" });
    await eventually("it runs", () => isThere(join(home.path, "bin/runs")));
    await rm(join(home.path, "bin/runs"));
    assert.equal(await failing, "DATABASE_UNAVAILABLE");
    assert.deepEqual(await query("select one from public.precious"), [{ one: 1 }]);
    assert.deepEqual(await query("select from pg_namespace where nspname = 'before'"), []);
  });

  it("leaves its note among what was restored, for the engine that starts with it", async () => {
    await writeFile(join(home.path, "bin/succeeds"), "");
    const working = restore("refuse", { meta: 1 });
    await eventually("it runs", () => isThere(join(home.path, "bin/runs")));
    await query("create table meta (key text primary key, value text not null)");
    await query(`insert into meta values ('${RESTORE_NOTE}', 'of a restore before')`);
    await rm(join(home.path, "bin/runs"));
    assert.equal(await working, "none");
    assert.deepEqual(await query("select value from meta"), [{ value: "by ada" }]);
  });

  it("is refused while an engine uses the database", async () => {
    const store = await openStore(url);
    try {
      assert.equal(await restore({ keepAs: "before" }), "DATABASE_LOCKED");
    } finally {
      await store.stop();
    }
  });
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (isRunwrightError(error) ? error.code : String(error)),
  );
