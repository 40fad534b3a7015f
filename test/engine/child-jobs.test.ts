import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

const MAY = (names: string) => `permissions: { jobs: [${names}] },`;

describe("a job that waits for its children", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  const open = (runners = 1) => rig({ address: `sqlite:${directory.path}`, runners });
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = await open();
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });
  const childrenOf = (parentId: string) => engine.store.read.jobs.list({ scopes: ["/"], parentId, limit: 500 });

  it("gives its isolate back, over a restart too, and goes on with what the child put out", async () => {
    await engine.publish("child", "async ({ waitFor, output }) => { await waitFor('go'); output(7); output(8); }");
    await engine.publish(
      "parent",
      "async ({ jobs, output }) => { const { status, outputs } = await jobs.run('child'); output({ status, outputs }); }",
      MAY("'child'"),
    );
    const { id } = await engine.start("parent");
    await until(engine, id, "waiting");
    await engine.stop();
    engine = await open();
    const [child] = await childrenOf(id);
    await until(engine, child?.id ?? "", "waiting");
    await engine.jobs.events.publish({ name: "go", scope: "/", payload: null, by: "ada" });
    const job = await engine.finish(id);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
    assert.deepEqual(await engine.outputs(id), [{ status: "completed", outputs: [7, 8] }]);
    assert.equal((await childrenOf(id)).length, 1, "it was started once");
  });

  it("doesn't block its children however many wait: 300 parents and 300 children share 50 places", async () => {
    await engine.publish("child", "async ({ params, output }) => output(params.n)", "parameters: { type: 'object', properties: { n: { type: 'integer' } } },");
    await engine.publish(
      "parent",
      "async ({ jobs, params, output }) => output((await jobs.run('child', { n: params.n })).outputs[0])",
      `parameters: { type: 'object', properties: { n: { type: 'integer' } } }, ${MAY("'child'")}`,
    );
    const parents = await Promise.all(Array.from({ length: 300 }, (_, n) => engine.start("parent", { n })));
    for (const [n, { id }] of parents.entries()) {
      assert.equal((await engine.finish(id)).status, "completed");
      assert.deepEqual(await engine.outputs(id), [n]);
    }
  });

  it("misses no end of a child, whenever it comes", async () => {
    await engine.publish(
      "child",
      "async ({ params, sleep }) => { if (params.ms > 0) await sleep(params.ms); }",
      "parameters: { type: 'object', properties: { ms: { type: 'integer' } } },",
    );
    await engine.publish(
      "parent",
      "async ({ jobs, output }) => { for (let ms = 200; ms <= 320; ms += 10) output((await jobs.run('child', { ms })).status); }",
      MAY("'child'"),
    );
    const { id } = await engine.start("parent");
    assert.equal((await engine.finish(id)).status, "completed");
    assert.equal((await engine.outputs(id)).length, 13);
  });

  it("takes its children and their children with it when it is stopped, those that run, wait and are queued", async () => {
    await engine.publish("loops", "async ({ output }) => { output('begun'); for (;;); }");
    await engine.publish("waits", "async ({ waitFor }) => { await waitFor('never'); }");
    await engine.publish("middle", "async ({ jobs }) => { await jobs.run('waits'); }", MAY("'waits'"));
    await engine.publish(
      "top",
      "async ({ jobs, output }) => { const started = await Promise.all([jobs.start('loops'), jobs.start('middle'), jobs.start('waits')]); output(started.length); await jobs.run('waits'); }",
      MAY("'loops', 'middle', 'waits'"),
    );
    const { id } = await engine.start("top");
    await until(engine, id, "waiting");
    const all = await eventually("all five descendants", async () => {
      const children = await childrenOf(id);
      const grandchildren = (await Promise.all(children.map((child) => childrenOf(child.id)))).flat();
      return children.length + grandchildren.length === 5 ? [...children, ...grandchildren] : undefined;
    });
    const other = await engine.start("waits");
    await engine.jobs.stop(id, "ada");
    for (const child of all) assert.equal((await engine.finish(child.id)).status, "stopped", child.runbook);
    const reasons = (await engine.store.read.jobs.transitions(all[0]?.id ?? "")).map(({ reason }) => reason);
    assert.ok(
      reasons.some((reason) => reason.includes("which had started it, was stopped")),
      reasons.join(),
    );
    assert.notEqual((await engine.store.read.jobs.get(other.id))?.status, "stopped", "others go on");
  });

  it("is resumed with what its children had done", async () => {
    await engine.publish("child", "async ({ output }) => output(Math.random())");
    await engine.publish(
      "parent",
      "async ({ jobs, variables, output }) => { const { outputs } = await jobs.run('child'); output([outputs[0], await variables.get('b')]); }",
      `permissions: { jobs: ['child'], variables: ['b'] },`,
    );
    const failed = await engine.finish((await engine.start("parent")).id);
    assert.equal(failed.status, "failed");
    engine.variables.set("b", 2);
    const resumed = await engine.jobs.resume({ jobId: failed.id, actor: failed.actor, correlationId: "c2" });
    assert.equal((await engine.finish(resumed.id)).status, "completed");
    const [child] = await childrenOf(failed.id);
    assert.deepEqual(await engine.outputs(resumed.id), [[(await engine.outputs(child?.id ?? ""))[0], 2]]);
    assert.equal((await childrenOf(resumed.id)).length, 0);
  });

  it("takes the children of the job that it resumes with it when it is stopped", async () => {
    await engine.publish("waits", "async ({ waitFor }) => { await waitFor('never'); }");
    await engine.publish(
      "parent",
      "async ({ jobs, variables, waitFor }) => { await jobs.start('waits'); await variables.get('a'); await waitFor('never'); }",
      "permissions: { jobs: ['waits'], variables: ['a'] },",
    );
    const { id, actor } = await engine.start("parent");
    assert.equal((await engine.finish(id)).status, "failed");
    const [child] = await childrenOf(id);
    assert.ok(child);
    engine.variables.set("a", 1);
    const resumed = await engine.jobs.resume({ jobId: id, actor, correlationId: "c" });
    await until(engine, resumed.id, "waiting");
    await engine.jobs.stop(resumed.id, "ada");
    assert.equal((await engine.finish(child.id)).status, "stopped");
  });

  it("ends a chain of runbooks that call each other for ever, with a message at the depth limit", async () => {
    await engine.publish(
      "ping",
      "async ({ jobs }) => { const { status, error } = await jobs.run('pong'); if (status !== 'completed') throw new Error(error.message); }",
      MAY("'pong'"),
    );
    await engine.publish(
      "pong",
      "async ({ jobs }) => { const { status, error } = await jobs.run('ping'); if (status !== 'completed') throw new Error(error.message); }",
      MAY("'ping'"),
    );
    const job = await engine.finish((await engine.start("ping")).id);
    assert.equal(job.status, "failed");
    assert.match(job.error?.message ?? "", /levels deep, at most 8 are allowed: runbooks and triggers that start each other must end/);
  });
});
