import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Postgres, startPostgres } from "./postgres.ts";
import { openToEveryone } from "./postgres-binaries.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

describe("a PostgreSQL of the tests' own", function () {
  this.timeout(120_000);
  let postgres: Postgres;

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());

  it("is PostgreSQL 18 and never runs as root", async () => {
    const [row] = await query(postgres.url, "select current_setting('server_version_num')::int as version, current_setting('data_directory') as data");
    assert.equal(Math.floor(row?.version / 10_000), 18);
    const owner = statSync(row?.data).uid;
    assert.notEqual(owner, 0);
    if (process.getuid?.() !== 0) assert.equal(owner, process.getuid?.());
  });

  it("gives databases that don't see each other", async () => {
    const [one, two] = [await postgres.newDatabase(), await postgres.newDatabase()];
    await query(one, "create table only_here (a int)");
    await assert.rejects(query(two, "select * from only_here"), { code: "42P01" });
  });

  it("refuses a wrong password", async () => {
    const url = new URL(postgres.url);
    url.password = "wrong";
    await assert.rejects(query(url.href, "select 1"), { code: "28P01" });
  });

  it("keeps what it answered when it is killed and restarted on the same port", async () => {
    const database = await postgres.newDatabase();
    await query(database, "create table kept (a int)");
    await query(database, "insert into kept values (42)");
    await postgres.kill();
    await assert.rejects(query(database, "select 1"), { code: "ECONNREFUSED" });
    await postgres.restart();
    assert.deepEqual(await query(database, "select a from kept"), [{ a: 42 }]);
  });

  it("flushes to disk when it is asked to be durable, and leaves nothing behind", async () => {
    const durable = await startPostgres({ durable: true });
    const [row] = await query(durable.url, "select current_setting('fsync') as fsync, current_setting('data_directory') as data");
    assert.equal(row?.fsync, "on");
    await durable.stop();
    assert.equal(existsSync(row?.data), false);
    await durable.stop();
    assert.deepEqual(await query(postgres.url, "select current_setting('fsync') as fsync"), [{ fsync: "off" }]);
  });

  it("tells a folder that others can't enter from one that they can", async () => {
    await using directory = await temporaryDirectory();
    const inside = join(directory.path, "native");
    await mkdir(inside);
    await chmod(inside, 0o755); // whatever the umask of this process
    assert.equal(await openToEveryone({ root: inside }), false, "mkdtemp makes 0700");
    await chmod(directory.path, 0o755);
    assert.equal(await openToEveryone({ root: inside }), true);
  });

  it("removes its directory when it can't start", async () => {
    const before = directories();
    await assert.rejects(startPostgres({ settings: ["shared_buffers=nonsense"] }), /didn't start[\s\S]*shared_buffers/);
    assert.deepEqual(directories(), before);
  });
});

const directories = () => readdirSync(tmpdir()).filter((name) => name.startsWith("runwright-postgres-"));

async function query(url: string, text: string): Promise<Record<string, any>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
