import assert from "node:assert/strict";
import pg from "pg";
import { decodeNotice, encodeNotice, LOOK_AT_EVERYTHING, type Notice } from "../../engine/store/notices.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { AT, aCommand, aJob, aMachine, rows } from "./rows.ts";

const NOTHING: Notice = { everything: false, queued: false, triggered: false, jobs: [], commands: [], machines: [] };

describe("notices between two stores on one PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let url: string;
  let here: Store;
  let there: Store;
  let heard: Notice[];
  let heardHere: Notice[];
  let wake = () => {};

  /** The first notice that fits; the safety net's looks at everything are passed over. */
  async function hears(what: string, fits: (notice: Notice) => boolean, within = 5_000): Promise<Notice> {
    const deadline = performance.now() + within;
    for (;;) {
      const found = heard.find(fits);
      if (found) return found;
      const left = deadline - performance.now();
      assert.ok(left > 0, `no notice of ${what} within ${within} ms, only ${JSON.stringify(heard)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async function asked(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    url = await postgres.newDatabase();
    here = await openStore(url);
    there = await openStore(url);
    heard = [];
    heardHere = [];
    here.onNotice((notice) => heardHere.push(notice));
    there.onNotice((notice) => {
      heard.push(notice);
      wake();
    });
    // As soon as it listens it looks at everything, the queue too: from then on nothing is missed.
    await hears("its beginning", (notice) => notice.everything && notice.queued);
    await eventually("the beginning of the other one", () => heardHere.some((notice) => notice.everything && notice.queued));
    await here.write((tx) => rows(tx));
    heard.length = 0;
  });
  afterEach(async () => {
    await here.stop();
    await there.stop();
  });

  it("say what a group of writers has changed, once and after its commit", async () => {
    await Promise.all([
      here.write((tx) => tx.jobs.insert(aJob({ id: "job_1" }), "ada")),
      here.write((tx) =>
        tx.jobs.insert(aJob({ id: "job_2" }), "ada").then(() => tx.jobs.move("job_2", null, { to: "stopped", at: AT, by: "ada", reason: "" })),
      ),
      here.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" }))),
      here.write((tx) => tx.commands.patch("cmd_1", { status: "expired", endedAt: AT })),
    ]);
    const notice = await hears("the group", ({ everything }) => !everything);
    assert.deepEqual(notice, { everything: false, queued: true, triggered: false, jobs: ["job_2"], commands: ["cmd_1"], machines: ["mch_1"] });
    assert.equal((await there.read.commands.get("cmd_1"))?.status, "expired");
    assert.equal(heard.filter(({ everything }) => !everything).length, 1);
  });

  it("aren't sent for a group that was undone, nor for what concerns nobody", async () => {
    await assert.rejects(
      here.write(async (tx) => {
        await tx.commands.insert(aCommand({ id: "cmd_1" }));
        throw new Error("no");
      }),
      /no/,
    );
    await here.write((tx) => tx.meta.set("colour", "green"));
    await here.write((tx) => tx.machines.seen(["mch_1"], "eng_1", AT));
    await here.write((tx) => tx.commands.insert(aCommand({ id: "cmd_2" })));
    await hears("the command", ({ machines }) => machines.includes("mch_1"));
    assert.equal(heard.filter(({ everything }) => !everything).length, 1);
  });

  it("tell where a machine is, and that it is let in no more", async () => {
    const entered = { publicKey: "key of mch_1", engine: "eng_1", facts: { os: "linux" } as never, at: AT };
    assert.equal((await here.write((tx) => tx.machines.connect("mch_1", entered)))?.id, "mch_1");
    await hears("the connection", ({ machines }) => machines.includes("mch_1"));
    heard.length = 0;
    await here.write((tx) => tx.machines.patch("mch_1", { state: "revoked", engine: null }));
    await hears("the end", ({ machines }) => machines.includes("mch_1"));
    assert.equal(await there.write((tx) => tx.machines.connect("mch_1", entered)), undefined);
    assert.equal((await there.read.machines.get("mch_1"))?.state, "revoked");
  });

  it("of its own are no news to a store", async () => {
    await here.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" })));
    await hears("the command", ({ machines }) => machines.includes("mch_1"));
    // What the other one says later has come: then its own, sent before, would have come too.
    await there.write((tx) => tx.commands.patch("cmd_1", { status: "expired", endedAt: AT }));
    const deadline = performance.now() + 5_000;
    while (!heardHere.some(({ commands }) => commands.includes("cmd_1"))) {
      assert.ok(performance.now() < deadline, "the other store wasn't heard");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(heardHere.every(({ machines }) => machines.length === 0));
  });

  it("become a look at everything when they are too long for PostgreSQL", async () => {
    const ids = Array.from({ length: 150 }, (_, n) => `cmd_${n}_${"x".repeat(60)}`);
    await Promise.all([
      here.write((tx) => tx.jobs.insert(aJob({ id: "job_1" }), "ada")),
      ...ids.map((id) => here.write((tx) => tx.commands.insert(aCommand({ id })).then(() => tx.commands.patch(id, { endedAt: AT })))),
    ]);
    await hears("a look, the queue too", ({ everything, queued }) => everything && queued);
    assert.ok(heard.every(({ commands }) => commands.length === 0));
    assert.equal((await there.read.commands.ended(ids)).length, 150);
  });

  it("are heard again after the connection was lost, with a look at all that was missed", async () => {
    heard.length = 0;
    await asked("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'runwright listener' and datname = current_database()");
    await hears("a look at everything, the queue too", (notice) => notice.everything && notice.queued);
    await here.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" })));
    await hears("the command", ({ machines }) => machines.includes("mch_1"));
  });

  it("aren't needed for what only one of them may do: a command is held by one store at a time", async () => {
    await here.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" })));
    const held = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    const first = here.write(async (tx) => {
      await tx.commands.hold("cmd_1");
      held.resolve();
      await letGo.promise;
      await tx.commands.patch("cmd_1", { status: "expired", endedAt: AT });
    });
    await held.promise;
    const second = there.write((tx) => tx.commands.hold("cmd_1"));
    const waits = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    for (const deadline = performance.now() + 5_000; (await asked(waits)).length === 0; ) assert.ok(performance.now() < deadline, "the second one didn't wait");
    letGo.resolve();
    await first;
    assert.equal((await second)?.status, "expired");
  });

  it("are missed by nobody for longer than a moment: a look at everything comes by itself", async () => {
    heard.length = 0;
    await hears("a look", ({ everything }) => everything);
  });
});

describe("the text of a notice", () => {
  const notice: Notice = { ...NOTHING, jobs: ["job_1"], commands: ["job_1.3"], machines: ["mch_ü"] };

  it("says the same when it is read, to everyone but its sender", () => {
    assert.deepEqual(decodeNotice("b", encodeNotice("a", notice)), notice);
    assert.equal(decodeNotice("a", encodeNotice("a", notice)), undefined);
  });

  it("is shorter than PostgreSQL allows, in bytes", () => {
    const long = { ...notice, queued: true, jobs: Array.from({ length: 1_500 }, () => "üüü") };
    const text = encodeNotice("a", long);
    assert.ok(Buffer.byteLength(text) < 8_000);
    assert.deepEqual(decodeNotice("b", text), { ...LOOK_AT_EVERYTHING, triggered: false });
    assert.equal(decodeNotice("b", encodeNotice("a", { ...long, queued: false }))?.queued, false);
  });

  for (const text of ["", "7f0c", "a {}", 'a {"j":1}', "a nonsense", 'a {"q":1,"j":[1],"c":[],"m":[]}', "a null"]) {
    it(`that nobody can read (${JSON.stringify(text)}) may mean anything`, () => assert.deepEqual(decodeNotice("b", text), LOOK_AT_EVERYTHING));
  }
});

describe("an engine alone with its SQLite", () => {
  it("hears nothing", async () => {
    const store = await openStore("memory:");
    const end = store.onNotice(() => assert.fail("there is nobody"));
    await store.write((tx) => tx.machines.insert(aMachine({ id: "mch_1", name: "one" })));
    await store.write((tx) => tx.commands.insert(aCommand({ id: "cmd_1" })));
    end();
    await store.stop();
  });
});
