import assert from "node:assert/strict";
import pg from "pg";
import { CHANGE_KINDS, type ChangeKind } from "../../engine/core/change.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { AT, aMachine } from "../contract/rows.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

describe("word of changes between engines of one PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let url: string;
  let here: Store;
  let there: Store;
  let heard: ChangeKind[];
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    url = await postgres.newDatabase();
    [here, there] = [await openStore(url), await openStore(url)];
    heard = [];
    there.onChanged((kinds) => heard.push(...kinds));
    // As soon as it listens anything may have changed.
    await eventually("its beginning", () => heard.length >= CHANGE_KINDS.length);
    heard.length = 0;
  });
  afterEach(async () => {
    await here.stop();
    await there.stop();
  });

  it("names what a group of writers has changed, after its commit, and nothing of what was undone", async () => {
    const undone = here.write(async (tx) => {
      await tx.runbooks.patch("run_1", { deletedBy: null });
      throw new Error("no");
    });
    await assert.rejects(undone, /no/);
    await here.write((tx) => tx.machines.seen(["mch_1"], "eng_1", AT));
    await here.write(async (tx) => {
      await tx.machines.insert(aMachine({ id: "mch_1", name: "one" }));
      await tx.assets.patch("ast_1", { updatedAt: AT });
    });
    await eventually("the group", () => heard.length > 0);
    assert.deepEqual(heard, ["machines", "assets"]);
  });

  it("names own changes too, once", async () => {
    await there.write((tx) => tx.assets.patch("ast_1", { updatedAt: AT }));
    await here.write((tx) => tx.runbooks.patch("run_1", { deletedBy: null }));
    await eventually("the other one's", () => heard.includes("runbooks"));
    assert.deepEqual(heard, ["assets", "runbooks"]);
  });

  it("names all kinds after the connection was lost, as some may have been missed", async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'runwright listener' and datname = current_database()");
    await client.end();
    await eventually("a look at all", () => CHANGE_KINDS.every((kind) => heard.includes(kind)));
  });
});
