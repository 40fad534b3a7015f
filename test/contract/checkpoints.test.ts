import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { createCheckpoints } from "../../engine/store/sqlite/checkpoints.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const PAGE = 4_096;
const LIMITS = { everyRows: 20, anewFrom: 100 };

describe("checkpoints beside the writer", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let file: string;
  let db: Database.Database;
  let checkpoints: ReturnType<typeof createCheckpoints>;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    file = join(directory.path, "runwright.db");
    db = new Database(file);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("wal_autocheckpoint = 0"); // what is copied, the thread has copied
    db.exec("create table rows (id integer primary key, text text)");
    checkpoints = createCheckpoints(file, db, LIMITS);
  });
  afterEach(async () => {
    await checkpoints.stop();
    db.close();
    await directory.remove();
  });

  const commit = (rows = 10): void => {
    const insert = db.prepare("insert into rows (text) values (?)");
    db.transaction(() => {
      for (let i = 0; i < rows; i++) insert.run("x".repeat(PAGE / 2));
    })();
    checkpoints.afterCommit();
  };
  const count = (from: Database.Database): number => Number(from.prepare("select count(*) from rows").pluck().get());

  /** What the file of the database holds without its log. */
  async function inDatabase(): Promise<number> {
    const copy = join(directory.path, "copy.db");
    await copyFile(file, copy);
    const alone = new Database(copy);
    try {
      return count(alone);
    } catch {
      return 0; // the table itself isn't in it yet, or it was copied while a checkpoint was writing
    } finally {
      alone.close();
    }
  }
  /** Of the log's header: another one for each log that is begun (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). */
  const salt = async (): Promise<string> => (await readFile(`${file}-wal`)).subarray(16, 24).toString("hex");

  it("copy what was committed, while its writer does nothing", async () => {
    commit(30);
    const written = count(db);
    await eventually("the copy", async () => (await inDatabase()) === written);
  });

  it("leave the log alone until enough is in it", async () => {
    commit(LIMITS.everyRows - 1);
    commit(0);
    await new Promise(setImmediate);
    assert.equal(await inDatabase(), 0);
  });

  it("let the log begin anew while writing goes on, and what was written before and after is there", async () => {
    for (let commits = 0; commits < 20; commits++) commit();
    const first = await salt();
    await eventually("another log", async () => {
      commit();
      return (await salt()) !== first;
    });
    const written = count(db);
    const other = new Database(file, { readonly: true });
    assert.deepEqual([count(other), other.pragma("integrity_check", { simple: true })], [written, "ok"]);
    other.close();
  });

  it("go on when somebody who reads an old state, as a backup does, has ended", async () => {
    commit(30);
    const reader = new Database(file, { readonly: true });
    reader.exec("begin");
    const before = count(reader);
    for (let commits = 0; commits < 50; commits++) commit();
    assert.equal(count(reader), before, "it sees what it saw");
    reader.exec("commit");
    reader.close();
    const small = async () => {
      commit();
      return (await inDatabase()) > before + 500;
    };
    await eventually("what was written beside it is copied", small);
  });

  it("do nothing while a transaction is open", () => {
    db.exec("begin immediate");
    for (let i = 0; i < 100; i++) db.prepare("insert into rows (text) values ('x')").run();
    checkpoints.afterCommit();
    db.exec("rollback");
    assert.equal(count(db), 0);
  });

  it("can be stopped at any time, and the log is whole", async () => {
    for (let commits = 0; commits < 20; commits++) commit();
    await checkpoints.stop();
    const written = count(db);
    commit();
    const other = new Database(file, { readonly: true });
    assert.equal(count(other), written + 10);
    assert.equal(other.pragma("integrity_check", { simple: true }), "ok");
    other.close();
  });
});
