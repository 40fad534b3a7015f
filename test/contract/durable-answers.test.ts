import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Kysely } from "kysely";
import { isRunwrightError, RunwrightError } from "../../engine/core/errors.ts";
import type { Dialect } from "../../engine/store/dialect.ts";
import { createGroupCommit } from "../../engine/store/group-commit.ts";
import { migrate } from "../../engine/store/migrations/migrate.ts";
import type { Schema } from "../../engine/store/schema.ts";
import { openSqlite } from "../../engine/store/sqlite/dialect.ts";
import { createFlush } from "../../engine/store/sqlite/wal-sync.ts";
import { openStore, type Writes } from "../../engine/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { syncsBy } from "../support/syncs.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** A disk that answers when the test says so. */
function slowDisk() {
  const asked: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const answer = Promise.withResolvers<void>();
    asked.push(answer);
    return answer.promise;
  };
  return { asked, sync };
}

describe("an answer for what was committed", () => {
  let directory: TemporaryDirectory;
  let dialect: Dialect;
  let disk: ReturnType<typeof slowDisk>;

  beforeEach(async () => {
    directory = await temporaryDirectory();
    dialect = openSqlite(join(directory.path, "runwright.db"));
    await migrate(dialect.writer, dialect);
    disk = slowDisk();
  });
  afterEach(async () => {
    await dialect.stop();
    await directory.remove();
  });

  const commits = (told: string[] = []) =>
    createGroupCommit<Kysely<Schema>>({
      dialect: { ...dialect, ...createFlush(disk.sync) },
      enter: (tx) => ({ tx, mark: () => () => {}, leave: async () => {}, committed: () => void told.push("committed") }),
    });
  const put = (key: string) => async (tx: Kysely<Schema>) => {
    await tx.insertInto("meta").values({ key, value: "1" }).execute();
    return key;
  };
  const stored = async () =>
    (await dialect.reader.selectFrom("meta").select("key").where("key", "like", "test-%").orderBy("key").execute()).map(({ key }) => key);
  it("comes when the disk has confirmed it, and so does what is done after the commit", async () => {
    const told: string[] = [];
    const group = commits(told);
    const answer = group.write(put("test-1")).then((key) => told.push(key));
    await eventually("the commit", async () => (await stored()).length === 1 && disk.asked.length === 1);
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.deepEqual(told, []);
    disk.asked[0]?.resolve();
    await answer;
    assert.deepEqual(told.toSorted(), ["committed", "test-1"]);
  });

  it("keeps no other writer waiting, and one sync serves all that were committed while another was under way", async () => {
    const group = commits();
    const answered: string[] = [];
    const first = group.write(put("test-1")).then((key) => answered.push(key));
    await eventually("the sync", () => disk.asked.length === 1);
    const others: Promise<number>[] = [];
    for (const key of ["test-2", "test-3"]) {
      others.push(group.write(put(key)).then((at) => answered.push(at)));
      await eventually("the commit", async () => (await stored()).includes(key));
    }
    assert.equal(disk.asked.length, 1, "a sync that has begun may not hold them");
    disk.asked[0]?.resolve();
    await first;
    assert.deepEqual(answered, ["test-1"]);
    await eventually("the next sync", () => disk.asked.length === 2);
    disk.asked[1]?.resolve();
    await Promise.all(others);
    assert.deepEqual(answered, ["test-1", "test-2", "test-3"]);
    assert.equal(disk.asked.length, 2);
    assert.equal(group.counts.groups, 3);
  });

  it("is a refusal when the disk fails, then and for all that follow, and nothing more is written", async () => {
    const told: string[] = [];
    const group = commits(told);
    const first = assert.rejects(group.write(put("test-1")), /the disk is gone/);
    await eventually("the sync", () => disk.asked.length === 1);
    const second = assert.rejects(group.write(put("test-2")), /the disk is gone/);
    await eventually("the commit", async () => (await stored()).length === 2);
    disk.asked[0]?.reject(new RunwrightError("DATABASE_UNAVAILABLE", "the disk is gone"));
    await Promise.all([first, second]);
    await assert.rejects(group.write(put("test-3")), /the disk is gone/);
    assert.equal(disk.asked.length, 1, "a later success would say nothing about what was lost");
    assert.deepEqual(await stored(), ["test-1", "test-2"]);
    assert.deepEqual(told, []);
  });

  it("is waited for when the store stops", async () => {
    const group = commits();
    const answer = group.write(put("test-1"));
    await eventually("the sync", () => disk.asked.length === 1);
    let isDrained = false;
    const drained = group.drain().then(() => {
      isDrained = true;
    });
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(isDrained, false);
    disk.asked[0]?.resolve();
    await drained;
    assert.equal(await answer, "test-1");
  });

  it("is given also to who writes while the store stops, and to who writes because of an answer", async () => {
    const group = commits();
    const first = group.write(put("test-1")).then(() => group.write(put("test-3")));
    await eventually("the sync", () => disk.asked.length === 1);
    const second = group.write(put("test-2"));
    await eventually("the commit", async () => (await stored()).includes("test-2"));
    let isDrained = false;
    const drained = group.drain().then(() => {
      isDrained = true;
    });
    for (let sync = 0; sync < 3; sync++) {
      await eventually("another sync", () => disk.asked.length > sync);
      for (let turns = 0; turns < 20; turns++) await turn();
      assert.equal(isDrained, false, `sync ${sync} is under way`);
      disk.asked[sync]?.resolve();
      if (sync === 0) await eventually("the writer that was answered", async () => (await stored()).includes("test-3"));
    }
    await drained;
    assert.deepEqual(await Promise.all([first, second]), ["test-3", "test-2"]);
  });

  it("isn't taken back by a listener that throws, and the next one comes", async () => {
    const group = createGroupCommit<Kysely<Schema>>({
      dialect,
      enter: (tx) => ({
        ...{ tx, mark: () => () => {}, leave: async () => {} },
        committed() {
          throw new Error("a listener of a test");
        },
      }),
    });
    assert.equal(await group.write(put("test-1")), "test-1");
    await group.drain();
    assert.equal(await group.write(put("test-2")), "test-2");
    await group.drain();
  });
});

describe("a SQLite file whose disk", () => {
  let directory: TemporaryDirectory;

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    await directory.remove();
  });

  const open = () => openStore(`sqlite:${directory.path}`);
  const tagged = (key: string) => (tx: Writes) => tx.meta.set(key, "1");

  it("works is asked to sync the database's log for what is answered", async () => {
    const store = await open();
    using syncs = syncsBy((sync) => sync());
    await store.write(tagged("a"));
    assert.deepEqual(syncs.files, [fs.realpathSync(join(directory.path, "runwright.db-wal"))]);
    await store.stop();
  });

  it("fails refuses what is written and what is read, and says what to do; after a new start all that was answered is there", async () => {
    const store = await open();
    await store.write(tagged("answered"));
    const failing = syncsBy((_sync, tell) => tell(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" })));
    const isRefused = (error: unknown) => isRunwrightError(error, "DATABASE_UNAVAILABLE") && /EIO.*check the disk, then restart the engine/.test(error.message);
    await assert.rejects(store.write(tagged("refused")), isRefused);
    await assert.rejects(store.read.meta.get("refused"), isRefused, "it is there, and nobody may take it for stored");
    await assert.rejects(store.write(tagged("later")), isRefused);
    await assert.rejects(store.writeApart(tagged("later")), isRefused);
    await assert.rejects(store.durable(), isRefused);
    await assert.rejects(store.ping(), isRefused);
    await store.stop();
    failing[Symbol.dispose]();
    const again = await open();
    assert.equal(await again.read.meta.get("answered"), "1");
    await again.write(tagged("later"));
    await again.stop();
  });

  it("is slow shows a commit before it is durable, and says when it is", async () => {
    const store = await open();
    const held: (() => void)[] = [];
    using _held = syncsBy((sync) => held.push(sync));
    const written = store.write(tagged("a"));
    await eventually("the sync", () => held.length === 1);
    assert.equal(await store.read.meta.get("a"), "1");
    let isDurable = false;
    const durable = store.durable().then(() => {
      isDurable = true;
    });
    for (let turns = 0; turns < 20; turns++) await turn();
    assert.equal(isDurable, false);
    held[0]?.();
    await written;
    await eventually("the sync of who asks whether it is durable", () => held.length === 2);
    held[1]?.();
    await durable;
    const stopped = store.stop();
    await eventually("the last one", () => held.length === 3);
    held[2]?.();
    await stopped;
  });

  it("is read by another program at the start isn't written to behind a log that may have a hole", async function () {
    this.timeout(20_000);
    const store = await open();
    await store.write(tagged("a"));
    const kept = new Database(join(directory.path, "runwright.db"), { readonly: true });
    kept.exec("begin");
    kept.prepare("select count(*) from meta").get();
    await store.write(tagged("b"));
    await store.stop();
    await assert.rejects(open(), (error) => isRunwrightError(error, "DATABASE_UNAVAILABLE") && /read by another program; end that one/.test(error.message));
    kept.close();
    const again = await open();
    assert.equal(await again.read.meta.get("b"), "1");
    await again.stop();
  });
});
