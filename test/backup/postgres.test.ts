import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { checkOf } from "../../engine/access/master-key.ts";
import { tellOfRestore } from "../../engine/access/restored.ts";
import { createBackups } from "../../engine/backup/backups.ts";
import { writeBackupFile } from "../../engine/backup/file.ts";
import { restoreBackup } from "../../engine/backup/restore.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { testClock } from "../support/clock.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { skip } from "../support/skip.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { keys, masterKey, none } from "./rig.ts";

/** Of the server that tests have. */
const VERSION = 18;

describe("a backup of PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let home: TemporaryDirectory;
  let store: Store;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    home = await temporaryDirectory();
    await mkdir(join(home.path, "data"));
    store = await openStore(await postgres.newDatabase());
    await store.write(async (tx) => {
      await tx.meta.set("masterKeyCheck", checkOf(masterKey));
      await tx.streams.append("job_1", [{ seq: 1, at: 0, kind: "output", value: "kept" }]);
    });
  });
  afterEach(async () => {
    await store.stop();
    await home.remove();
  });
  const { signal } = new AbortController();
  const backup = async (programs: string) => {
    const backups = createBackups({ store, clock: testClock(), data: null, work: join(home.path, "work"), programs, version: "1.2.3", keys: () => keys });
    await using ready = await backups.make(signal);
    return await writeBackupFile({ path: join(home.path, "a.backup"), protection: none }, ready.body());
  };

  it("says what to install where its programs are missing or too old, and leaves nothing behind", async () => {
    assert.match(await refusal(backup(join(home.path, "data"))), /TOOL_MISSING pg_dump isn't on the PATH; install PostgreSQL's client programs/);
    assert.deepEqual(await readdir(join(home.path, "work")), []);
    const version = toolVersion();
    if (version === null || version >= VERSION) return;
    assert.match(await refusal(backup(String(process.env.PATH))), /TOOL_MISSING pg_dump is older than/);
    assert.deepEqual(await readdir(join(home.path, "work")), []);
  });

  it("is restored into an empty database, refused over another, and put beside the old one when it replaces it", async function () {
    const version = toolVersion();
    if (version === null || version < VERSION) return skip(this, `pg_dump of PostgreSQL ${VERSION} isn't installed here (found: ${version ?? "none"})`);
    const programs = String(process.env.PATH);
    const { path } = await backup(programs);
    const url = await postgres.newDatabase();
    const restore = (existing: "refuse" | { keepAs: string }, directory: string) =>
      restoreBackup({
        keyFile: null,
        file: { path, protection: none },
        keys,
        directory: join(home.path, directory),
        existing,
        database: { url, programs },
        by: { at: 0, user: "ada", host: "rack-1" },
        signal,
      });
    await restore("refuse", "one");
    assert.match(await refusal(restore("refuse", "two")), /DATA_EXISTS/);
    await restore({ keepAs: "before_1" }, "three");
    const restored = await openStore(url);
    assert.equal((await restored.read.streams.list("job_1", { after: 0, limit: 10 })).length, 1);
    await Promise.all([1, 2].map((n) => tellOfRestore({ store: restored, clock: testClock(), correlationId: `start-${n}` })));
    const entries = await restored.read.activity.list({ scopes: ["/"], operation: "engine.restore", limit: 10 });
    assert.deepEqual([entries.map(({ actorName }) => actorName), (await restored.read.activity.verify()).firstBroken], [["ada@rack-1"], null]);
    await restored.stop();
    const client = new pg.Client(url);
    await client.connect();
    assert.equal((await client.query("select from before_1.streams")).rowCount, 1);
    await client.end();
  });
});

function toolVersion(): number | null {
  try {
    return Number(/\d+/.exec(execFileSync("pg_dump", ["--version"], { encoding: "utf8" }))?.[0]);
  } catch {
    return null; // it isn't installed
  }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error) => (isRunwrightError(error) ? `${error.code} ${error.message}` : String(error)),
  );
