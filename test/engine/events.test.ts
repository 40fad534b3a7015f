import assert from "node:assert/strict";
import { topicOfEvent } from "../../engine/core/wait.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

describe("waiting for an event", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let offset = 0;
  const clock = { now: () => Date.now() + offset, monotonic: () => performance.now() };
  const open = () => rig({ address: `sqlite:${directory.path}`, clock, runners: 1 });
  beforeEach(async () => {
    offset = 0;
    directory = await temporaryDirectory();
    engine = await open();
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });
  const publish = (name: string, payload: string | number | Record<string, string | number> = {}, scope = "/") =>
    engine.jobs.events.publish({ name, scope, payload, by: "ada" });

  it("costs no isolate, survives a restart, and gets what was published", async () => {
    await engine.publish(
      "waits",
      "async ({ waitFor, output }) => { const { name, payload, publishedBy } = await waitFor('built'); output({ name, payload, publishedBy }); }",
    );
    const { id } = await engine.start("waits");
    await until(engine, id, "waiting");
    await engine.stop();
    engine = await open();
    assert.equal((await publish("other")).roused, 0);
    assert.equal((await publish("built", { commit: "abc" })).roused, 1);
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(await engine.outputs(id), [{ name: "built", payload: { commit: "abc" }, publishedBy: "ada" }]);
    assert.deepEqual(await engine.store.write((tx) => tx.waits.of(topicOfEvent("built"))), [], "nothing waits for it any more");
  });

  it("gets each event once and in order, those published while it did something else too, and none from before its time", async () => {
    await publish("tick", "too early");
    await engine.publish(
      "counts",
      "async ({ waitFor, output, sleep }) => { for (let i = 0; i < 4; i++) { output((await waitFor('tick')).payload); await sleep('1h'); } }",
    );
    const { id } = await engine.start("counts");
    await until(engine, id, "waiting");
    for (let i = 1; i <= 4; i++) await publish("tick", i);
    for (let round = 0; round < 4; round++) {
      await until(engine, id, "waiting");
      offset += 3_600_001;
      await engine.jobs.wakeDue();
    }
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(await engine.outputs(id), [1, 2, 3, 4]);
  });

  it("gives two waits of one job one event each, and passes over what doesn't match", async () => {
    await engine.publish(
      "both",
      "async ({ waitFor, output }) => { const wait = (n) => waitFor('done', { match: { kind: 'good' } }).then((event) => output([n, event.payload.n])); await Promise.all([wait('a'), wait('b')]); }",
    );
    const { id } = await engine.start("both");
    await until(engine, id, "waiting");
    await publish("done", { kind: "bad", n: 0 });
    await publish("done", { kind: "good", n: 1 });
    await publish("done", { kind: "good", n: 2 });
    assert.equal((await engine.finish(id)).status, "completed");
    const outputs = (await engine.outputs(id)) as [string, number][];
    assert.deepEqual(outputs.map(([, n]) => n).sort(), [1, 2]);
    assert.deepEqual(outputs.map(([name]) => name).sort(), ["a", "b"]);
  });

  it("keeps what one wait passes over for another one that wants it, and gives nothing twice", async () => {
    await engine.publish(
      "orders",
      `async ({ waitFor, output }) => {
        for (const project of ["a", "b"]) output((await waitFor("done", { match: { project } })).payload.n);
        for (let i = 0; i < 2; i++) output((await waitFor("done")).payload.n);
      }`,
    );
    const { id } = await engine.start("orders");
    await until(engine, id, "waiting");
    for (const [project, n] of [
      ["b", 1],
      ["c", 2],
      ["a", 3],
      ["d", 4],
    ] as const)
      await publish("done", { project, n });
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(await engine.outputs(id), [3, 1, 2, 4]);
  });

  it("gives two waits one event each although the job was run again between them", async () => {
    engine.secrets.set("token", "hunter2-hunter2");
    await engine.publish(
      "both-again",
      "async ({ secrets, waitFor, output }) => { const wait = () => waitFor('done').then(({ payload }) => output(payload)); await Promise.all([secrets.get('token'), wait(), wait()]); }",
      'permissions: { secrets: ["token"] },',
    );
    const { id } = await engine.start("both-again");
    await until(engine, id, "waiting");
    await publish("done", 1);
    await eventually("the first one", async () => (await engine.outputs(id))[0]);
    await until(engine, id, "waiting");
    // Its journal is read slowly this time: the wait that is still open has long been asked for again.
    engine.secrets.set("token", new Promise((resolve) => setTimeout(resolve, 300, "hunter2-hunter2")));
    await publish("done", 2);
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(await engine.outputs(id), [1, 2]);
  });

  it("sees events of its own scope and those above, not those of others", async () => {
    await engine.publish("scoped", "async ({ waitFor, output }) => output((await waitFor('x')).payload)");
    const { id } = await engine.start("scoped");
    await until(engine, id, "waiting");
    assert.equal((await publish("x", "elsewhere", "/prod")).roused, 0, "it isn't even looked at");
    await until(engine, id, "waiting");
    await publish("x", "here", "/");
    await engine.finish(id);
    assert.deepEqual(await engine.outputs(id), ["here"]);
  });

  it("ends with WAIT_TIMED_OUT, counted from the call over restarts", async () => {
    await engine.publish(
      "times-out",
      "async ({ waitFor, output }) => { try { await waitFor('never', { timeout: '2h' }); } catch (error) { output(error.code); } }",
    );
    const { id } = await engine.start("times-out");
    await until(engine, id, "waiting");
    offset += 3_600_000;
    await engine.stop();
    engine = await open();
    await engine.jobs.wakeDue();
    assert.equal((await engine.store.read.jobs.get(id))?.status, "waiting", "an hour is left");
    offset += 3_600_001;
    await engine.jobs.wakeDue();
    await engine.finish(id);
    assert.deepEqual(await engine.outputs(id), ["WAIT_TIMED_OUT"]);
  });

  it("misses no event that is published while it begins to wait", async () => {
    await engine.publish("races", "async ({ waitFor, output }) => { for (let i = 0; i < 40; i++) output((await waitFor('race')).payload); }");
    const { id } = await engine.start("races");
    // At all moments of the way between waking and waiting again: 250 ms of patience, then the release.
    for (let i = 0; i < 40; i++) {
      await publish("race", i);
      await new Promise((resolve) => setTimeout(resolve, i % 2 === 0 ? 0 : 5 * i));
    }
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(
      await engine.outputs(id),
      Array.from({ length: 40 }, (_, i) => i),
    );
  });

  it("refuses names, payloads and times that can't be", async () => {
    await assert.rejects(publish("with space"), /letters, digits/);
    await assert.rejects(publish("large", { text: "x".repeat(70_000) }), /TOO_LARGE|at most 65536/);
    await engine.publish("wrong", "async ({ waitFor, params }) => { await waitFor('x', { timeout: '-5m' }); }");
    assert.match((await engine.finish((await engine.start("wrong")).id)).error?.message ?? "", /timeout: duration "-5m" must look like/);
  });
});
