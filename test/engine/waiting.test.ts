import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const MANY = LONG ? 10_000 : 300;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

describe("a job that waits", function () {
  this.timeout(300_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let offset = 0;
  /** Runs like the machine's own, but can be set ahead. */
  const clock = { now: () => Date.now() + offset, monotonic: () => performance.now() };
  const open = () => rig({ address: `sqlite:${directory.path}`, clock });
  beforeEach(async () => {
    offset = 0;
    directory = await temporaryDirectory();
    engine = await open();
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });

  it("gives its isolate back, waits in the store over a restart, and goes on where it was when its time comes", async () => {
    await engine.publish(
      "naps",
      "async ({ output, sleep, log }) => { output(Math.random()); log('before'); await sleep('2h'); output(Math.random()); log('after'); await sleep('10m'); output('end'); }",
    );
    const job = await engine.start("naps");
    await until(engine, job.id, "waiting");
    await new Promise((resolve) => setImmediate(resolve)); // the attempt is let go right after its ending was told
    assert.equal(engine.jobs.running(), 0);
    assert.equal(
      engine.sandbox.describe().runners.reduce((sum, runner) => sum + runner.attempts, 0),
      0,
    );
    const asleep = await engine.store.read.jobs.get(job.id);
    const left = (asleep?.wakeAt ?? 0) - clock.now();
    assert.ok(left > 7_190_000 && left <= 7_200_000, `${left} ms are left of two hours`);
    const [before] = await engine.outputs(job.id);

    await engine.stop();
    engine = await open();
    assert.equal((await engine.store.read.jobs.get(job.id))?.status, "waiting");
    offset += 2 * 3_600_000;
    await engine.jobs.wakeDue();
    await until(engine, job.id, "waiting");
    offset += 600_000;
    await engine.jobs.wakeDue();
    const done = await engine.finish(job.id);
    assert.equal(done.status, "completed", JSON.stringify(done.error));
    const outputs = await engine.outputs(job.id);
    assert.equal(outputs.length, 3);
    assert.equal(outputs[0], before);
    assert.equal(outputs[2], "end");
    const entries = await engine.store.read.streams.list(job.id, { after: 0, limit: 100 });
    assert.deepEqual(
      entries.flatMap((entry) => (entry.kind === "log" ? [entry.message] : [])),
      ["before", "after"],
    );
  });

  it("keeps its isolate for a short sleep, and while anything else is open", async () => {
    await engine.publish("brief", "async ({ output, sleep }) => { await sleep(200); output('done'); }");
    const done = await engine.finish((await engine.start("brief")).id);
    assert.deepEqual([done.status, done.attempt], ["completed", 1]);
  });

  it("wakes for the first of several sleeps, and again for the next", async () => {
    await engine.publish(
      "race",
      "async ({ output, sleep }) => { const first = await Promise.race([sleep('1h').then(() => 'long'), sleep('1m').then(() => 'short')]); output(first); await sleep('2h'); output('end'); }",
    );
    const job = await engine.start("race");
    await until(engine, job.id, "waiting");
    offset += 61_000;
    await engine.jobs.wakeDue();
    await until(engine, job.id, "waiting");
    assert.deepEqual(await engine.outputs(job.id), ["short"]);
    offset += 3 * 3_600_000;
    for (let round = 0; round < 3 && (await engine.store.read.jobs.get(job.id))?.status !== "completed"; round++) {
      await engine.jobs.wakeDue();
      await Promise.race([until(engine, job.id, "completed"), until(engine, job.id, "waiting")]);
      offset += 3_600_000;
    }
    const done = await engine.finish(job.id);
    assert.equal(done.status, "completed", JSON.stringify(done.error));
    assert.deepEqual(await engine.outputs(job.id), ["short", "end"]);
  });

  it("can be stopped while it waits, and takes a century without harm", async () => {
    await engine.publish("century", "async ({ sleep }) => { await sleep('36500d'); }");
    const job = await engine.start("century");
    await until(engine, job.id, "waiting");
    assert.equal(await engine.jobs.wakeDue(), 0);
    assert.equal((await engine.jobs.stop(job.id, "ada")).status, "stopped");
  });

  it("fails at once with a sleep that can't be, saying what is wrong, and goes on at once after one that is over", async () => {
    for (const [when, message] of [
      ["-1", /duration -1 must be a non-negative number/],
      ["'-5m'", /duration "-5m" must look like/],
      ["NaN", /can't take NaN milliseconds/],
      ["'1000000000d'", /after the year 275760/],
    ] as const) {
      await engine.publish("backwards", `async ({ sleep }) => { await sleep(${when}); }`);
      const done = await engine.finish((await engine.start("backwards")).id);
      assert.deepEqual([done.status, done.failureCode], ["failed", "error"]);
      assert.match(done.error?.message ?? "", message);
    }
    await engine.publish("backwards", "async ({ sleep }) => { await sleep(new Date(-5)); }");
    assert.equal((await engine.finish((await engine.start("backwards")).id)).status, "completed");
  });

  /** A runbook for each thing that jobs can wait for; a parent's child waits, too. */
  const WAITS: readonly { name: string; waitsFor: string; run: string; permissions?: string }[] = [
    { name: "sleeper", waitsFor: "a sleep", run: "async ({ sleep }) => { await sleep('1h'); }" },
    { name: "listener", waitsFor: "an event", run: "async ({ waitFor }) => { await waitFor('never'); }" },
    { name: "asker", waitsFor: "an approval", run: "async ({ approval }) => { await approval({ message: 'May I?' }); }" },
    { name: "parent", waitsFor: "a child", run: "async ({ jobs }) => { await jobs.run('sleeper'); }", permissions: 'permissions: { jobs: ["sleeper"] },' },
  ];
  for (const { name, waitsFor } of WAITS) {
    const jobsEach = name === "parent" ? 2 : 1;
    const starts = MANY / jobsEach;
    it(`costs the engine no memory: ${starts} wait for ${waitsFor} at once`, async () => {
      for (const one of WAITS) await engine.publish(one.name, one.run, one.permissions);
      await engine.start(name);
      await allWait(jobsEach);
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let n = 0; n < starts; n += 50) await Promise.all(Array.from({ length: Math.min(50, starts - n) }, () => engine.start(name)));
      await allWait((1 + starts) * jobsEach);
      collectGarbage();
      const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
      console.log(`        ${starts * jobsEach} more waiting jobs: heap ${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MB`);
      assert.ok(grown < 50, `the heap grew by ${grown} MB`);
    });
  }

  /** So many jobs wait, and nothing of them is left in a runner. */
  async function allWait(count: number): Promise<void> {
    await eventually(
      `the wait of ${count} jobs`,
      async () => {
        const { waiting, failed } = await engine.store.read.jobs.countByStatus();
        assert.equal(failed ?? 0, 0, "none fails");
        return waiting === count && engine.jobs.running() === 0;
      },
      280_000,
    );
  }
});
