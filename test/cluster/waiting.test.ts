import assert from "node:assert/strict";
import type { Actor } from "../../engine/core/role.ts";
import { type Rig, rig } from "../engine/rig.ts";
import { until } from "../engine/until.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const WAITERS = LONG ? 60 : 12;
const MAY_RUN_CHILDREN = "permissions: { jobs: ['child'] },";

/** What ends a wait happens at one engine, and the job waits, or begins to, at the other: each moment of it is hit by many at once. */
describe("waiting over two engines on one PostgreSQL", function () {
  this.timeout(120_000);
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
  const engine = (n: number): Rig => engines[n % 2 === 0 ? 0 : 1];

  it("misses no event, whichever engine it is published at and whatever the jobs do meanwhile", async () => {
    await engine(0).publish("listens", "async ({ waitFor, output }) => { for (let i = 0; i < 5; i++) output((await waitFor('tick')).payload); }");
    const jobs = await Promise.all(Array.from({ length: WAITERS }, (_, n) => engine(n).start("listens")));
    for (let i = 0; i < 5; i++) {
      await engine(i).jobs.events.publish({ name: "tick", scope: "/", payload: i, by: "ada" });
      // Some jobs look while the next one is published, some have just given their isolate back, some wait in the store.
      await new Promise((resolve) => setTimeout(resolve, i * 90));
    }
    for (const { id } of jobs) {
      assert.equal((await engine(0).finish(id)).status, "completed");
      assert.deepEqual(await engine(1).outputs(id), [0, 1, 2, 3, 4]);
    }
  });

  it("misses no end of a child, whichever engine runs it", async () => {
    await engine(0).publish(
      "child",
      "async ({ params, sleep }) => { await sleep(params.ms); }",
      "parameters: { type: 'object', properties: { ms: { type: 'integer' } } },",
    );
    const schema = "parameters: { type: 'object', properties: { n: { type: 'integer' } } },";
    await engine(0).publish(
      "parent",
      "async ({ jobs, params, output }) => { for (let i = 0; i < 4; i++) output((await jobs.run('child', { ms: 200 + ((params.n * 13 + i * 29) % 120) })).status); }",
      `${schema} ${MAY_RUN_CHILDREN}`,
    );
    const jobs = await Promise.all(Array.from({ length: WAITERS }, (_, n) => engine(n).start("parent", { n })));
    for (const { id } of jobs) {
      assert.equal((await engine(1).finish(id)).status, "completed");
      assert.deepEqual(await engine(1).outputs(id), Array(4).fill("completed"));
    }
  });

  it("lets each person decide once, at any engine, and counts those who do it at the same moment", async () => {
    await engine(0).publish("asks", "async ({ approval, output }) => output((await approval({ message: 'Go?', minimum: 2 })).decisions.length)");
    const { id } = await engine(0).start("asks");
    await until(engine(0), id, "waiting").catch(() => until(engine(1), id, "waiting"));
    const approval = await eventually("the approval", async () => (await engine(1).store.read.approvals.list({ scopes: ["/"], jobId: id, limit: 1 }))[0]);
    const decide = (n: number, name: string) => {
      const actor: Actor = { id: `prn_${name}`, kind: "user", name, grants: [{ role: "operator", scope: "/" }] };
      return engine(n).jobs.approvals.decide({ approvalId: approval.id, actor, decision: "approve", reason: "", answers: {} });
    };
    const answers = await Promise.allSettled([decide(0, "bob"), decide(1, "bob"), decide(1, "eve")]);
    assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 2, JSON.stringify(answers));
    assert.equal((await engine(1).finish(id)).status, "completed");
    assert.deepEqual(await engine(0).outputs(id), [2]);
  });

  it("stops the children of a job at both engines", async () => {
    await engine(0).publish("child", "async ({ waitFor, output }) => { output('begun'); await waitFor('never'); }");
    await engine(0).publish("many", "async ({ jobs, output }) => { await Promise.all([1, 2, 3, 4, 5, 6].map(() => jobs.run('child'))); }", MAY_RUN_CHILDREN);
    const { id } = await engine(0).start("many");
    const children = await eventually("six children", async () => {
      const found = await engine(1).store.read.jobs.list({ scopes: ["/"], parentId: id, limit: 10 });
      return found.length === 6 ? found : undefined;
    });
    await engine(1).jobs.stop(id, "ada");
    for (const child of children) assert.equal((await engine(0).finish(child.id)).status, "stopped");
  });
});
