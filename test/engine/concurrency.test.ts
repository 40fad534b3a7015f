import assert from "node:assert/strict";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { JobStatus } from "../../engine/core/job.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { VISIT, VISITS, watchRoom } from "./rooms.ts";

const LOOP = "async ({ output }) => { output('begun'); for (;;); }";
const RESTS = "async ({ output, sleep }) => { output('begun'); await sleep('1h'); }";
const BY_ROLE = 'parameters: { type: "object", properties: { role: { type: "string", default: "web" } } },';

describe("a concurrency limit", function () {
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

  const job = async (id: string) => {
    const found = await engine.store.read.jobs.get(id);
    assert.ok(found);
    return found;
  };
  /** Resolves when the job has written something; mocha's time limit is the deadline. */
  async function begun(jobId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = engine.jobs.feed.subscribe(jobId, (event) => event.kind === "entries" && resolve());
    if ((await engine.outputs(jobId)).length === 0) await promise;
    end();
  }
  const statuses = async (ids: readonly string[]): Promise<JobStatus[]> => Promise.all(ids.map(async (id) => (await job(id)).status));
  const reasons = async (id: string) => (await engine.store.read.jobs.transitions(id)).map((transition) => transition.reason);

  it("holds a job back with `queue`, tells which one is in its way, and lets it go when that has ended", async () => {
    await engine.publish("one", RESTS, "concurrency: { limit: 1 },");
    const first = await engine.start("one");
    await begun(first.id);
    const second = await engine.start("one");
    assert.deepEqual([second.status, second.heldBack], ["queued", true]);
    assert.match((await reasons(second.id))[0] ?? "", new RegExp(`^manual; held back: ${first.id} is in its way: at most 1 job of this runbook`));
    await engine.jobs.stop(first.id, "ada");
    await begun(second.id);
    await eventually("its sleep", async () => (await job(second.id)).status === "waiting");
    const [, ...later] = await reasons(second.id);
    assert.deepEqual(later.slice(0, -1), [`${first.id} has ended`, "attempt 1"]);
    assert.match(later.at(-1) ?? "", /^sleeps until /);
    await engine.jobs.stop(second.id, "ada");
  });

  it("records each job that it skips, with the reason, and leaves the one that runs alone", async () => {
    await engine.publish("once", RESTS, `${BY_ROLE} concurrency: { limit: 1, overflow: "skip", key: (p) => p.role },`);
    const first = await engine.start("once");
    await begun(first.id);
    const skipped = [await engine.start("once"), await engine.start("once", { role: "web" })];
    const other = await engine.start("once", { role: "db" });
    assert.equal(other.status, "queued", "another key isn't in the way");
    const stopped = await engine.store.read.jobs.list({ scopes: ["/"], statuses: ["stopped"], limit: 10 });
    assert.deepEqual(stopped.map((one) => one.id).sort(), skipped.map((one) => one.id).sort());
    for (const one of stopped) {
      assert.deepEqual([one.startedAt, one.failureCode, one.heldBack, one.error?.name], [null, null, false, "Skipped"]);
      assert.match(one.error?.message ?? "", new RegExp(`${first.id} is in its way: at most 1 job with the concurrency key "web"`));
    }
    assert.ok(["running", "waiting"].includes((await job(first.id)).status));
    for (const one of [first, other]) await engine.jobs.stop(one.id, "ada");
  });

  it("fails a job with `fail`", async () => {
    await engine.publish("never", RESTS, `concurrency: { limit: 2, overflow: "fail" },`);
    const running = [await engine.start("never"), await engine.start("never")];
    const third = await engine.start("never");
    assert.deepEqual([third.status, third.failureCode, third.error?.name], ["failed", "rejected", "Rejected"]);
    assert.match(third.error?.message ?? "", /are in its way: at most 2 jobs of this runbook/);
    for (const one of running) await engine.jobs.stop(one.id, "ada");
    for (const one of running) await engine.finish(one.id);
    const later = await engine.start("never");
    assert.equal(later.status, "queued");
    await engine.jobs.stop(later.id, "ada");
  });

  it("ends the oldest with `cancelRunning`, also those that are held back: the newest stays", async () => {
    await engine.publish("newest", LOOP, `concurrency: { limit: 1, overflow: "cancelRunning" },`);
    const first = await engine.start("newest");
    await begun(first.id);
    const [second, third] = await Promise.all([engine.start("newest"), engine.start("newest")]);
    assert.deepEqual([second?.heldBack, third?.heldBack], [true, true]);
    await begun(third.id);
    assert.deepEqual(await statuses([first.id, second.id, third.id]), ["stopped", "stopped", "running"]);
    assert.ok((await reasons(first.id)).includes(`superseded by ${second.id}`));
    assert.ok((await reasons(second.id)).includes(`superseded by ${third.id}`));
    assert.equal((await job(second.id)).startedAt, null);
    await engine.jobs.stop(third.id, "ada");
  });

  for (const limit of [1, 3]) {
    it(`of ${limit} is never exceeded by 50 jobs that are asked for at once, and all of them run`, async () => {
      await engine.publish("visit", VISIT, `${VISITS} concurrency: { limit: ${limit} },`);
      const room = watchRoom(engine);
      const jobs = await Promise.all(Array.from({ length: 50 }, () => engine.start("visit")));
      for (const { id } of jobs) assert.equal((await engine.finish(id)).status, "completed");
      assert.deepEqual([room.visits, room.inside], [50, 0]);
      assert.ok(room.most <= limit, `${room.most} were in the room at once`);
      assert.equal(room.most, limit, "and the limit was used");
    });
  }

  it("refuses a job whose key can't be made: it doesn't exist", async () => {
    const keys: [name: string, key: string, message: RegExp][] = [
      ["throws", "() => { throw new Error('which service?'); }", /concurrency\.key of throws makes no key .*Error: which service\?/],
      ["number", "() => 7", /concurrency\.key of number .*a value of type number/],
      ["loops", "() => { for (;;); }", /concurrency\.key of loops .*CPU time/],
    ];
    for (const [name, key, message] of keys) {
      await engine.publish(name, "async () => {}", `concurrency: { limit: 1, key: ${key} },`);
      await assert.rejects(engine.start(name), (error) => isRunwrightError(error, "PARAMETERS_INVALID") && message.test(error.message));
    }
    assert.deepEqual(await engine.store.read.jobs.list({ scopes: ["/"], limit: 10 }), []);
  });

  it("isn't freed by a crash of the job that holds it, and by its end only once", async () => {
    const slow =
      "async ({ variables, output, sleep }) => { await variables.get('enter'); output(1); await sleep(300); await variables.get('leave'); output(2); }";
    await engine.publish("slow", slow, `${VISITS} concurrency: { limit: 1 },`);
    const room = watchRoom(engine);
    const jobs = [await engine.start("slow"), await engine.start("slow"), await engine.start("slow")];
    const [first] = jobs.map((one) => one.id) as [string];
    await begun(first);
    for (const { pid } of engine.sandbox.describe().runners) process.kill(pid, "SIGKILL");
    for (const { id } of jobs) {
      assert.equal((await engine.finish(id)).status, "completed");
      assert.deepEqual(await engine.outputs(id), [1, 2]);
    }
    // Or more: a runner that was killed, too, may be given the job before its end is noticed.
    assert.ok((await job(first)).attempt >= 2);
    // What is recorded isn't asked for again: each visit is counted once, also over the crash.
    assert.deepEqual(room, { inside: 0, most: 1, visits: 3 });
  });

  it("is held by a job that is suspended after it began; who is held back can be stopped", async () => {
    await engine.publish("held", "async ({ output, sleep }) => { output(1); await sleep(100); output(2); }", "concurrency: { limit: 1 },");
    const first = await engine.start("held");
    await begun(first.id);
    await engine.jobs.suspend(first.id, "ada");
    const [second, third] = [await engine.start("held"), await engine.start("held")];
    assert.deepEqual([second.heldBack, third.heldBack], [true, true]);
    assert.equal((await engine.jobs.stop(second.id, "ada")).status, "stopped");
    assert.equal((await job(third.id)).heldBack, true, "stopping who was held back frees nothing");
    await engine.jobs.continue(first.id, "ada");
    assert.equal((await engine.finish(third.id)).status, "completed");
    assert.equal((await job(first.id)).status, "completed");
    assert.deepEqual(await engine.outputs(second.id), []);
  });

  it("holds for a job that is resumed, too", async () => {
    await engine.publish("again", "async ({ variables, output }) => { output(1); await variables.get('missing'); }", 'permissions: { variables: ["missing"] }, concurrency: { limit: 1, overflow: "fail" },'); // biome-ignore format: one declaration
    const failed = await engine.finish((await engine.start("again")).id);
    assert.equal(failed.failureCode, "error");
    engine.variables.get = () => undefined;
    await engine.jobs.drain(0); // nothing is dispatched any more: what is queued stays under way
    const waiting = await engine.start("again");
    assert.equal(waiting.status, "queued");
    const resumed = await engine.jobs.resume({ jobId: failed.id, actor: { id: "x", kind: "user", name: "bob", grants: [] }, correlationId: "c" });
    assert.deepEqual([resumed.status, resumed.failureCode], ["failed", "rejected"]);
  });

  it("gives a parent the result of a child that was skipped or failed; children inherit the priority", async () => {
    await engine.publish("single", RESTS, `concurrency: { limit: 1, overflow: "skip" },`);
    await engine.publish("strict", RESTS, `concurrency: { limit: 1, overflow: "fail" },`);
    await engine.publish(
      "parent",
      "async ({ jobs, output }) => { for (const name of ['single', 'strict']) { const { id, status, failureCode, error } = await jobs.run(name); output({ id, status, failureCode, name: error?.name }); } }",
      'permissions: { jobs: ["single", "strict"] },',
    );
    const holders = [await engine.start("single"), await engine.start("strict")];
    const parent = await engine.start("parent", {}, { priority: 42 });
    assert.equal((await engine.finish(parent.id)).status, "completed");
    const results = (await engine.outputs(parent.id)) as { id: string; status: string; failureCode: string | null; name: string }[];
    assert.deepEqual(
      results.map(({ status, failureCode, name }) => [status, failureCode, name]),
      [
        ["stopped", null, "Skipped"],
        ["failed", "rejected", "Rejected"],
      ],
    );
    for (const { id } of results) assert.equal((await job(id)).priority, 42);
    for (const { id } of holders) await engine.jobs.stop(id, "ada");
  });
});
