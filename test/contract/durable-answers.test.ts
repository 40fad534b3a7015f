import assert from "node:assert/strict";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { Kysely } from "kysely";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { Dialect } from "../../engine/store/dialect.ts";
import { createGroupCommit } from "../../engine/store/group-commit.ts";
import { migrate } from "../../engine/store/migrations/migrate.ts";
import type { Schema } from "../../engine/store/schema.ts";
import { openSqlite } from "../../engine/store/sqlite/dialect.ts";
import { createFlush } from "../../engine/store/sqlite/wal-sync.ts";
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
      dialect: { ...dialect, flush: createFlush(disk.sync) },
      enter: (tx) => ({ tx, mark: () => () => {}, leave: async () => {}, committed: () => void told.push("committed") }),
    });
  const put = (key: string) => async (tx: Kysely<Schema>) => {
    await tx.insertInto("meta").values({ key, value: "1" }).execute();
    return key;
  };
  const stored = async () =>
    (await dialect.reader.selectFrom("meta").select("key").where("key", "like", "test-%").orderBy("key").execute()).map(({ key }) => key);
  async function until(holds: () => boolean | Promise<boolean>) {
    for (let turns = 0; turns < 10_000; turns++) {
      if (await holds()) return;
      await turn();
    }
    assert.fail("it doesn't become so");
  }

  it("comes when the disk has confirmed it, and so does what is done after the commit", async () => {
    const told: string[] = [];
    const group = commits(told);
    const answer = group.write(put("test-1")).then((key) => told.push(key));
    await until(async () => (await stored()).length === 1 && disk.asked.length === 1);
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
    await until(() => disk.asked.length === 1);
    const others: Promise<number>[] = [];
    for (const key of ["test-2", "test-3"]) {
      others.push(group.write(put(key)).then((at) => answered.push(at)));
      await until(async () => (await stored()).includes(key));
    }
    assert.equal(disk.asked.length, 1, "a sync that has begun may not hold them");
    disk.asked[0]?.resolve();
    await first;
    assert.deepEqual(answered, ["test-1"]);
    await until(() => disk.asked.length === 2);
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
    await until(() => disk.asked.length === 1);
    const second = assert.rejects(group.write(put("test-2")), /the disk is gone/);
    await until(async () => (await stored()).length === 2);
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
    await until(() => disk.asked.length === 1);
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
});
