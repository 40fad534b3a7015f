import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";

const THREE = 'permissions: { variables: ["a", "b", "c"] },';
const READS_THREE =
  "async ({ variables, output }) => { output([await variables.get('a'), Math.random()]); output(await variables.get('b')); output(await variables.get('c')); }";

describe("a job that is resumed", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = await rig({ address: `sqlite:${directory.path}` });
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });
  const resume = (jobId: string, more: { version?: number; from?: number } = {}) => engine.jobs.resume({ jobId, ...more, actor: ADA, correlationId: "c2" });
  const conflict = (pattern: RegExp) => (error: unknown) => isRunwrightError(error, "CONFLICT") && pattern.test(error.message);

  async function failsAtB() {
    await engine.publish("three", READS_THREE, THREE);
    engine.variables.set("a", "first");
    const job = await engine.finish((await engine.start("three")).id);
    assert.equal(job.status, "failed");
    return job;
  }

  it("goes on from the failed call: what was recorded before isn't done again, and gives the same values", async () => {
    const failed = await failsAtB();
    engine.variables.set("a", "changed since").set("b", "second").set("c", "third");
    const resumed = await resume(failed.id);
    assert.equal(resumed.resumedFrom, failed.id);
    const done = await engine.finish(resumed.id);
    assert.equal(done.status, "completed", JSON.stringify(done.error));
    const [before] = await engine.outputs(failed.id);
    assert.deepEqual(await engine.outputs(resumed.id), [before, "second", "third"]);
    assert.deepEqual(engine.reads, ["a", "b", "c"]);
  });

  it("can be resumed again, along the chain", async () => {
    const failed = await failsAtB();
    engine.variables.set("b", "second");
    const second = await engine.finish((await resume(failed.id)).id);
    assert.equal(second.status, "failed");
    engine.variables.set("c", "third");
    const third = await engine.finish((await resume(second.id)).id);
    assert.equal(third.status, "completed", JSON.stringify(third.error));
    assert.deepEqual(engine.reads, ["a", "b", "c"]);
    assert.equal(third.originId, failed.id);
  });

  it("goes on from an earlier call when that is asked for", async () => {
    const failed = await failsAtB();
    engine.variables.set("a", "read anew").set("b", "second").set("c", "third");
    const done = await engine.finish((await resume(failed.id, { from: 1 })).id);
    assert.deepEqual(((await engine.outputs(done.id))[0] as unknown[])[0], "read anew");
    await assert.rejects(resume(failed.id, { from: 99 }), conflict(/no call 99; it made 2/));
  });

  it("may use a newer version whose calls match, and is told which call doesn't", async () => {
    await engine.publish("fixable", "async ({ variables, output }) => { output(await variables.get('a')); throw new Error('a mistake'); }", THREE);
    engine.variables.set("a", 1).set("b", 2);
    const failed = await engine.finish((await engine.start("fixable")).id);
    await assert.rejects(resume(failed.id), conflict(/the runbook itself did: publish a corrected version/));

    await engine.publish("fixable", "async ({ variables, output }) => { output(await variables.get('a')); output('corrected'); }", THREE);
    const done = await engine.finish((await resume(failed.id, { version: 2 })).id);
    assert.deepEqual([done.status, done.version], ["completed", 2]);
    assert.deepEqual(await engine.outputs(done.id), [1, "corrected"]);
    assert.deepEqual(engine.reads, ["a"]);

    await engine.publish("fixable", "async ({ variables, output }) => { output(await variables.get('b')); }", THREE);
    const other = await engine.finish((await resume(failed.id, { version: 3 })).id);
    assert.deepEqual([other.status, other.failureCode], ["failed", "nondeterminism"]);
    assert.match(other.error?.message ?? "", /call 1/);
  });

  it("is resumed once when two operators ask at the same time", async () => {
    const failed = await failsAtB();
    engine.variables.set("b", 2).set("c", 3);
    const results = await Promise.allSettled([resume(failed.id), resume(failed.id)]);
    assert.deepEqual(results.map((result) => result.status).sort(), ["fulfilled", "rejected"]);
    const refused = results.find((result) => result.status === "rejected");
    assert.ok(conflict(/is being resumed already, as job_/)(refused?.reason));
  });

  it("must have failed or been stopped", async () => {
    await engine.publish("long", "async ({ sleep, output }) => { output(1); await sleep('1h'); }");
    const running = await engine.start("long");
    await assert.rejects(resume(running.id), conflict(/only a job that has failed or was stopped can be resumed/));
    await engine.jobs.stop(running.id, "ada");
    await engine.publish("quick", "async () => {}");
    const completed = await engine.finish((await engine.start("quick")).id);
    await assert.rejects(resume(completed.id), conflict(/is completed/));
    await assert.rejects(resume("job_none"), (error) => isRunwrightError(error, "JOB_NOT_FOUND"));
  });

  it("fails when its journal was altered on disk, and says so", async () => {
    const failed = await failsAtB();
    await engine.store.write(async (tx) => {
      const [record] = await tx.journal.list(failed.id);
      assert.ok(record?.outcome);
      const outcome = Uint8Array.from(record.outcome);
      outcome[outcome.length - 1] = (outcome.at(-1) ?? 0) ^ 1;
      await tx.journal.put({ ...record, outcome });
    });
    await assert.rejects(resume(failed.id), (error) => isRunwrightError(error, "DATABASE_DAMAGED"));
  });
});

describe("a job that may reach one machine only", function () {
  this.timeout(60_000);
  const SELECT = 'machines: { select: "all", actions: ["exec"] }';
  const NAMES = '(await machines.select("all")).map(({ name }) => name)';
  const CHILD = `async ({ machines, output }) => output(${NAMES})`;
  const PARENT = `async ({ machines, variables, jobs, deployments, output }) => {
    await variables.get("a");
    output(${NAMES});
    output((await jobs.run("child")).outputs[0]);
    output(await deployments.get("dep_1"));
  }`;

  it("may reach no other when it is resumed, nor may its children, and a deployment is refused", async () => {
    await using directory = await temporaryDirectory();
    const engine = await rig({ address: `sqlite:${directory.path}`, machines: [{ name: "web-1" }, { name: "web-2" }] });
    try {
      await engine.publish("child", CHILD, `permissions: { ${SELECT} },`);
      await engine.publish("narrow", PARENT, `permissions: { ${SELECT}, variables: ["a"], jobs: ["child"], deployments: true },`);
      const started = await engine.jobs.enqueue({
        ...{ runbook: "narrow", version: "latest", params: {}, trigger: "manual", dry: false, actor: ADA, correlationId: "c1" },
        narrowedTo: "name=web-2",
      });
      const failed = await engine.finish(started.id);
      assert.equal(failed.status, "failed");
      engine.variables.set("a", "there now");
      const resumed = await engine.jobs.resume({ jobId: failed.id, actor: ADA, correlationId: "c2" });
      assert.equal(resumed.narrowedTo, "name=web-2");
      const done = await engine.finish(resumed.id);
      assert.deepEqual(await engine.outputs(done.id), [["web-2"], ["web-2"]]);
      assert.equal(done.failureCode, "permission_denied", JSON.stringify(done.error));
      assert.match(done.error?.message ?? "", /may reach name=web-2 only, and a deployment has machines of its own/);
    } finally {
      await engine.stop();
    }
  });
});

describe("a job that is suspended", function () {
  this.timeout(60_000);
  it("gives its isolate back at once and goes on where it was when it is continued", async () => {
    await using directory = await temporaryDirectory();
    const engine = await rig({ address: `sqlite:${directory.path}` });
    try {
      await engine.publish("steps", "async ({ output, sleep }) => { output(1); await sleep(300); output(2); await sleep(300); output(3); }");
      const job = await engine.start("steps");
      await new Promise<void>((resolve) => {
        const end = engine.jobs.feed.subscribe(job.id, (event) => {
          if (event.kind !== "entries") return;
          end();
          resolve();
        });
      });
      assert.equal((await engine.jobs.suspend(job.id, "ada")).status, "suspended");
      // The attempt ends by itself; mocha's time limit is the deadline.
      while (engine.jobs.running() > 0) await new Promise((resolve) => setImmediate(resolve));
      await assert.rejects(engine.jobs.suspend(job.id, "ada"), (error) => isRunwrightError(error, "JOB_FINAL"));
      assert.deepEqual(await engine.outputs(job.id), [1]);
      assert.equal((await engine.jobs.continue(job.id, "ada")).status, "queued");
      await assert.rejects(engine.jobs.continue(job.id, "ada"), (error) => isRunwrightError(error, "CONFLICT"));
      const done = await engine.finish(job.id);
      assert.equal(done.status, "completed", JSON.stringify(done.error));
      assert.deepEqual(await engine.outputs(job.id), [1, 2, 3]);
    } finally {
      await engine.stop();
    }
  });
});
