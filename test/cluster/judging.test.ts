import assert from "node:assert/strict";
import { openStore, type Store } from "../../engine/store/store.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { aMissing } from "../updates/policies.ts";
import { worldOn } from "../updates/policy-world.ts";

describe("several engines that judge machines", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let clock: TestClock;
  let stores: [Store, Store];
  let here: ReturnType<typeof worldOn>;
  let there: ReturnType<typeof worldOn>;
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    clock = testClock("2026-03-10T12:00:00Z");
    const database = await postgres.newDatabase();
    stores = [await openStore(database), await openStore(database)];
    [here, there] = stores.map((store) => worldOn(store, clock)) as [typeof here, typeof there];
  });
  afterEach(async () => {
    for (const store of stores) await store.stop();
  });

  const enrolMany = async (count: number) => {
    for (let i = 0; i < count; i++) await here.enrol(`m${i}`, "/prod");
    await Promise.all(Array.from({ length: count }, (_, i) => here.report(`m${i}`, [{ name: "openssl" }])));
  };
  const excluded = async () => (await here.store.read.updates.list({ scopes: ["/"], limit: 1_000 })).filter(({ verdict }) => verdict === "excluded").length;

  it("do each change once between them", async () => {
    await enrolMany(100);
    await here.put("prod", { exclude: ["openssl"] });
    let judged = 0;
    const counting = (store: Store): Store => ({
      ...store,
      writeApart: ((writer) =>
        store.writeApart((tx) =>
          writer({
            ...tx,
            verdicts: {
              ...tx.verdicts,
              putAssessments: (given) => {
                judged += given.length;
                return tx.verdicts.putAssessments(given);
              },
            },
          }),
        )) as Store["writeApart"],
    });
    const engines = stores.map((store) => worldOn(counting(store), clock).judging);
    while ((await here.store.read.judgings.scopes()).length > 0) await Promise.all(engines.map((one) => one.tick()));
    assert.equal(await excluded(), 100);
    assert.equal(judged, 100);
  });

  it("judge each machine whose time has come once", async () => {
    await here.put("prod", { deferral: "1d" });
    await enrolMany(60);
    await here.judging.tick();
    clock.advance({ days: 1 });
    let total = 0;
    while ((await here.store.read.judgings.due(clock.now(), 1)).length > 0) {
      const counts = await Promise.all([here.judging.tick(), there.judging.tick()]);
      total += counts[0] + counts[1];
    }
    assert.equal(total, 60);
  });

  it("come back to a machine about which another one was writing by an older policy", async () => {
    await enrolMany(3);
    let [go, ready] = [() => {}, () => {}];
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const isReading = new Promise<void>((resolve) => {
      ready = resolve;
    });
    // A report that has read the policies of before, and is slow to be stored.
    const slow: Store = {
      ...there.store,
      write: ((writer) =>
        there.store.write((tx) =>
          writer({
            ...tx,
            updates: {
              ...tx.updates,
              insertAssessment: async (assessment) => {
                ready();
                await gate;
                return tx.updates.insertAssessment(assessment);
              },
            },
          }),
        )) as Store["write"],
    };
    const report = worldOn(slow, clock).intake.take("mch_m1", {
      sequence: 1_000,
      inventory: {
        ...{ packageManager: "apt", collectedAt: clock.now(), listsUpdatedAt: clock.now(), rebootPending: false, rebootReasons: [], problems: [] },
        ...{ installed: [{ name: "bash", architecture: "amd64", version: "5", held: false }], updates: [aMissing({ name: "openssl" })] },
      },
    });
    await isReading;
    await here.put("prod", { exclude: ["openssl"] });
    await here.judging.tick();
    assert.equal(await excluded(), 2);
    assert.deepEqual(await here.store.read.judgings.scopes(), ["/prod"], "it isn't done as long as one is left");
    go();
    assert.equal((await report).kind, "taken");
    assert.equal((await here.stored("m1")).verdicts.openssl, "approved");
    await here.judging.tick();
    assert.equal(await excluded(), 3);
    assert.deepEqual(await here.store.read.judgings.scopes(), []);
  });

  it("hear of the same updates at once, in any order, and note each once", async () => {
    const updates = Array.from({ length: 200 }, (_, i) => ({ name: `package-${i}` }));
    const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
    for (const name of names) await here.enrol(name, "/prod/web");
    const taken = await Promise.all(names.map((name, i) => [here, there][i % 2]?.report(name, i % 4 < 2 ? updates : updates.toReversed())));
    assert.ok(taken.every((one) => one?.kind === "taken"));
    const rows = await here.store.read.firstSeen.of(
      ["/", "/prod", "/prod/web"],
      updates.map(({ name }) => name),
    );
    assert.equal(rows.length, 600);
  });
});
