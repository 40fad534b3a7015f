import assert from "node:assert/strict";
import { systemClock } from "../../engine/clock.ts";
import type { Actor } from "../../engine/core/role.ts";
import { joinFleet, joinSandbox } from "../../engine/joints.ts";
import { openStore, type Store } from "../../engine/store/store.ts";
import { aMachine } from "../contract/rows.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { code } from "./command-rig.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";

describe("tags that a job sets", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await startTestEngine();
    await engine.store.write(async (tx) => {
      await tx.machines.insert(aMachine({ id: "mch_1", name: "web1", scope: "/prod", tags: { role: "web", ring: "1" } }));
      // Named as the other one's id: whoever joins chooses its name.
      await tx.machines.insert(aMachine({ id: "mch_2", name: "mch_1", scope: "/prod" }));
    });
  });
  afterEach(() => engine.stop());

  const fleet = () =>
    joinSandbox({
      store: engine.store,
      clock: systemClock,
      fleet: engine.fleet,
      updates: engine.updates,
      assets: {} as never,
      freezes: () => assert.fail("no deployment is carried out"),
      jobs: () => assert.fail("no job is started"),
      reports: () => assert.fail("no report is made"),
      rounds: { run: () => assert.fail("no backup is made") },
      argsHashKey: () => new Uint8Array(32),
    }).fleet;
  const call = (n: number) => ({ jobId: "job_1", call: n, retry: 0 });
  const onBehalfOf = (actor: Actor = ACTOR) => ({ jobId: "job_1", scope: "/prod", actor, correlationId: "c" });
  const tags = async (id = "mch_1") => (await engine.store.read.machines.get(id))?.tags;
  const activity = () => engine.store.read.activity.list({ scopes: ["/"], operation: "machine.tag", limit: 10 });

  it("are set and removed, and others stay; the activity log names the job", async () => {
    await fleet().setTags(call(1), "mch_1", { quarantine: "true", ring: null, never: null }, onBehalfOf());
    assert.deepEqual(await tags(), { role: "web", quarantine: "true" });
    assert.deepEqual(await tags("mch_2"), {}, "a machine is named by its id alone");
    const [entry, ...more] = await activity();
    assert.deepEqual(more, []);
    assert.deepEqual([entry?.target, entry?.scope, entry?.actorName, entry?.correlationId], ["machine:web1", "/prod", "tester", "c"]);
    assert.deepEqual(entry?.details, { from: { role: "web", ring: "1" }, to: { role: "web", quarantine: "true" }, job: "job_1" });
  });

  it("are set once for each call: asked again after a crash it leaves alone what someone has changed since", async () => {
    await fleet().setTags(call(1), "mch_1", { quarantine: "true" }, onBehalfOf());
    await engine.fleet.machines.tag("mch_1", { to: () => ({ role: "db" }) });
    await fleet().setTags(call(1), "mch_1", { quarantine: "true" }, onBehalfOf());
    assert.deepEqual(await tags(), { role: "db" });
    await fleet().setTags({ ...call(1), retry: 1 }, "mch_1", { quarantine: "true" }, onBehalfOf());
    assert.deepEqual(await tags(), { role: "db", quarantine: "true" });
    assert.equal((await activity()).length, 2);
  });

  it("need a job whose actor may tag there; what is refused leaves nothing behind", async () => {
    const elsewhere: Actor = { ...ACTOR, grants: [{ role: "admin", scope: "/dev" }] };
    const reader: Actor = { ...ACTOR, grants: [{ role: "reader", scope: "/" }] };
    for (const actor of [elsewhere, reader])
      await assert.rejects(fleet().setTags(call(1), "mch_1", { role: "db" }, onBehalfOf(actor)), code("PERMISSION_DENIED", /"operator" at \/prod/));
    await assert.rejects(fleet().setTags(call(1), "mch_1", { "no tag": "x" }, onBehalfOf()), code("BAD_REQUEST", /tag "no tag"/));
    await assert.rejects(fleet().setTags(call(1), "mch_1", { role: "a,b" }, onBehalfOf()), code("BAD_REQUEST", /value of tag "role"/));
    await assert.rejects(fleet().setTags(call(1), "mch_9", { role: "db" }, onBehalfOf()), code("MACHINE_NOT_FOUND"));
    const many = Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`t${n}`, "x"]));
    await assert.rejects(fleet().setTags(call(1), "mch_1", many, onBehalfOf()), code("BAD_REQUEST", /at most 50 tags/));
    assert.deepEqual([await tags(), await activity()], [{ role: "web", ring: "1" }, []]);
    // None of these counts as done: the same call may still be made.
    await fleet().setTags(call(1), "mch_1", { role: "db" }, onBehalfOf());
    assert.deepEqual(await tags(), { role: "db", ring: "1" });
  });

  it("are replaced as a whole by people, what is no tag any more included", async () => {
    const people = joinFleet({ fleet: engine.fleet, newId: () => assert.fail("nothing is made") });
    let told: unknown;
    await people.setTags("mch_1", { ring: "2" }, { actor: ACTOR, correlationId: "c", also: (tx) => (told = tx) });
    assert.deepEqual(await tags(), { ring: "2" });
    assert.ok(told, "the activity log's entry is written with it");
    await assert.rejects(people.setTags("mch_1", { ring: "a b" }, { actor: ACTOR, correlationId: "c" }), code("BAD_REQUEST", /value of tag "ring"/));
  });

  it("don't get lost when many are set at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => fleet().setTags(call(n), "mch_1", { [`t${n}`]: "x" }, onBehalfOf())));
    assert.equal(Object.keys((await tags()) ?? {}).length, 22);
  });
});

describe("tags that two engines set at once", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let stores: Store[];
  before(async () => {
    postgres = await startPostgres();
    const database = await postgres.newDatabase();
    stores = [await openStore(database), await openStore(database)];
    await stores[0]?.write((tx) => tx.machines.insert(aMachine({ id: "mch_1", name: "web1" })));
  });
  after(async () => {
    for (const store of stores) await store.stop();
    await postgres.stop();
  });

  it("are all there, and a call that both make counts once", async () => {
    const done = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        stores[n % 2]?.write(async (tx) => {
          const machine = await tx.machines.hold("mch_1");
          await tx.machines.patch("mch_1", { tags: { ...machine?.tags, [`t${n}`]: "x" } });
          return tx.machines.beginChange({ call: `job_1.${n >> 1}`, machineId: "mch_1", at: 1 });
        }),
      ),
    );
    assert.equal(done.filter(Boolean).length, 20);
    assert.equal(Object.keys((await stores[0]?.read.machines.get("mch_1"))?.tags ?? {}).length, 40);
  });
});
