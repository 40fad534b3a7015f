import assert from "node:assert/strict";
import { type Rig, rig } from "../engine/rig.ts";
import { VISIT, VISITS, watchRoom } from "../engine/rooms.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

describe("two engines on one PostgreSQL", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let engines: [Rig, Rig];
  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [await rig({ address, engineId: "eng_a", runners: 1 }), await rig({ address, engineId: "eng_b", runners: 1 })];
  });
  after(async () => {
    for (const engine of engines) await engine.stop();
    await postgres.stop();
  });

  it("never exceed a concurrency limit together, whoever is asked, and run all", async () => {
    const [a, b] = engines;
    const keyed = 'parameters: { type: "object", properties: { room: { type: "string" } } }, concurrency: { limit: 2, key: (p) => p.room },';
    await a.publish("visit", VISIT, `${VISITS} ${keyed}`);
    const room = watchRoom(a, b);
    const jobs = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? a : b).start("visit", { room: "one" })));
    for (const { id } of jobs) assert.equal((await a.finish(id)).status, "completed");
    assert.deepEqual([room.visits, room.inside], [40, 0]);
    assert.equal(room.most, 2, `${room.most} were in the room at once`);
    const starts = await Promise.all(jobs.map(async ({ id }) => (await a.store.read.jobs.transitions(id)).find(({ to }) => to === "running")?.by));
    assert.deepEqual([...new Set(starts)].sort(), ["eng_a", "eng_b"], "both ran some");
  });

  it("take jobs of many keys at the same time without waiting for each other's locks", async () => {
    const [a, b] = engines;
    const keyed = 'parameters: { type: "object", properties: { room: { type: "string" } } }, concurrency: { limit: 1, key: (p) => p.room },';
    await a.publish("rooms", "async () => {}", keyed);
    const began = performance.now();
    const jobs = await Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 ? a : b).start("rooms", { room: `room ${(n * 7) % 10}` })));
    for (const { id } of jobs) assert.equal((await a.finish(id)).status, "completed");
    console.log(`        60 jobs of 10 keys in ${Math.round(performance.now() - began)} ms`);
  });

  it("end a job on the other engine when a newer one takes its place", async () => {
    const [a, b] = engines;
    await a.publish("newest", "async ({ output }) => { output('begun'); for (;;); }", 'concurrency: { limit: 1, overflow: "cancelRunning" },');
    const first = await a.start("newest");
    const runner = async (id: string) => {
      for (;;) {
        const job = await a.store.read.jobs.get(id);
        if (job?.status === "running") return job.engine;
        assert.equal(job?.status, "queued");
        await new Promise((resolve) => setImmediate(resolve)); // mocha's time limit is the deadline
      }
    };
    const holder = await runner(first.id);
    const second = await (holder === "eng_a" ? b : a).start("newest");
    assert.equal(second.heldBack, true);
    assert.equal((await a.finish(first.id)).status, "stopped");
    await runner(second.id);
    await a.jobs.stop(second.id, "ada");
    assert.equal((await b.finish(second.id)).status, "stopped");
  });
});
