import assert from "node:assert/strict";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

describe("a job whose runbook has a retry policy", function () {
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
  const publish = (run: string, retry: string, more = "") => engine.publish("again", run, `retry: ${retry}, permissions: { variables: ["a", "b"] }, ${more}`);
  /** The job waits between two tries: its time is made to come. */
  async function next(jobId: string): Promise<void> {
    await until(engine, jobId, "waiting");
    offset += 3_600_000;
    await engine.jobs.wakeDue();
  }
  const warnings = async (jobId: string) =>
    (await engine.store.read.streams.list(jobId, { after: 0, limit: 100 })).flatMap((entry) =>
      entry.kind === "log" && entry.level === "warning" ? [entry.message] : [],
    );

  it("makes the failed call anew after a pause, keeps what was done before, and completes under the same id", async () => {
    await publish(
      "async ({ variables, output, log }) => { log('from the top'); const a = await variables.get('a'); output(Math.random()); output([a, await variables.get('b')]); }",
      `{ attempts: 3, backoff: { initial: "10m" }, on: ["ASSET_NOT_FOUND"] }`,
    );
    engine.variables.set("a", 1);
    const { id } = await engine.start("again");
    await next(id);
    await until(engine, id, "waiting");
    assert.deepEqual(engine.reads, ["a"], "a isn't read again");
    engine.variables.set("b", 2);
    await next(id);
    const job = await engine.finish(id);
    assert.deepEqual([job.status, job.retries, job.id], ["completed", 2, id], JSON.stringify(job.error));
    assert.deepEqual(engine.reads, ["a", "b"]);
    // What the last try put out, and nothing of the ones before: the first output is the same number, as chance is replayed.
    const entries = await engine.store.read.streams.list(id, { after: 0, limit: 100 });
    const outputs = entries.flatMap((entry) => (entry.kind === "output" ? [{ seq: entry.seq, value: entry.value }] : []));
    assert.deepEqual(
      outputs.filter(({ seq }) => seq > job.streamBase).map(({ value }) => value),
      [outputs[0]?.value, [1, 2]],
    );
    assert.match((await warnings(id)).join("\n"), /try 2 of 3 in \d+m.*, from call 2; this one failed \(error\): there is no variable "b"/);
    const moves = await engine.store.read.jobs.transitions(id);
    assert.deepEqual(
      moves.map(({ to }) => to),
      ["queued", "running", "waiting", "queued", "running", "waiting", "queued", "running", "completed"],
    );
  });

  it("fails when no try is left, with the last error, and can still be resumed", async () => {
    await publish("async ({ variables }) => { await variables.get('a'); }", `{ attempts: 2, backoff: { initial: 100 } }`);
    const { id } = await engine.start("again");
    await next(id);
    const job = await engine.finish(id);
    assert.deepEqual([job.status, job.failureCode, job.retries, job.error?.code], ["failed", "error", 1, "ASSET_NOT_FOUND"]);
    engine.variables.set("a", 1);
    const resumed = await engine.jobs.resume({ jobId: id, actor: job.actor, correlationId: "c" });
    assert.equal((await engine.finish(resumed.id)).status, "completed");
  });

  it("makes the last call anew when the runbook itself threw because of its outcome", async () => {
    await publish(
      "async ({ variables, sleep, output }) => { output(await variables.get('a')); const b = await variables.get('b'); await sleep(5); if (b !== 'good') throw new Error('b is ' + b); }",
      `{ attempts: 5, backoff: { initial: 100, factor: 1 } }`,
    );
    engine.variables.set("a", 1).set("b", "bad");
    const { id } = await engine.start("again");
    await until(engine, id, "waiting");
    engine.variables.set("b", "good");
    await next(id);
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(engine.reads, ["a", "b", "b"]);
  });

  it("begins at the start when the policy says so", async () => {
    await publish(
      "async ({ variables, output }) => { output(await variables.get('a')); await variables.get('b'); }",
      `{ attempts: 2, backoff: { initial: 100 }, from: "start" }`,
    );
    engine.variables.set("a", 1);
    const { id } = await engine.start("again");
    await until(engine, id, "waiting");
    engine.variables.set("b", 2);
    await next(id);
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(engine.reads, ["a", "a", "b"]);
  });

  it("takes back what it had asked people for when it begins at the start, and asks anew", async () => {
    await publish(
      "async ({ approval, sleep, variables }) => { await Promise.all([approval({ message: 'Sure?' }), sleep(300).then(() => variables.get('a'))]); }",
      `{ attempts: 2, backoff: { initial: 100 }, from: "start" }`,
    );
    const { id, actor } = await engine.start("again");
    await until(engine, id, "waiting");
    engine.variables.set("a", 1);
    await next(id);
    await until(engine, id, "waiting");
    const asked = await engine.store.read.approvals.list({ scopes: ["/"], jobId: id, limit: 9 });
    assert.deepEqual(asked.map(({ status }) => status).sort(), ["cancelled", "pending"]);
    const decide = (status: string) =>
      engine.jobs.approvals.decide({
        approvalId: asked.find((one) => one.status === status)?.id ?? "",
        actor,
        decision: "approve",
        reason: "",
        answers: {},
      });
    await assert.rejects(decide("cancelled"), /asks anew/);
    await decide("pending");
    assert.equal((await engine.finish(id)).status, "completed");
  });

  it("isn't tried again for what the policy doesn't name, nor for what would only happen again", async () => {
    await publish("async () => { throw Object.assign(new Error('x'), { code: 'OTHER' }); }", `{ on: ["HTTP_FAILED"] }`);
    assert.deepEqual([(await engine.finish((await engine.start("again")).id)).retries], [0]);
    await publish("async ({ variables }) => { await variables.get('undeclared'); }", `{ attempts: 3 }`);
    const denied = await engine.finish((await engine.start("again")).id);
    assert.deepEqual([denied.failureCode, denied.retries], ["permission_denied", 0]);
    await assert.rejects(publish("async () => {}", `{ on: ["nondeterminism"] }`), /never tried again/);
    await assert.rejects(publish("async () => {}", `{ attempts: 0, tries: 3 }`), /retry.attempts.*|isn't known here/);
  });

  it("is tried again after running out of time, each try with the whole time", async () => {
    await publish("async () => { for (;;); }", `{ attempts: 2, backoff: { initial: 100 }, on: ["timeout"] }`, `limits: { timeout: 300 },`);
    const { id } = await engine.start("again");
    await next(id);
    const job = await engine.finish(id);
    assert.deepEqual([job.failureCode, job.retries], ["timeout", 1]);
  });

  it("keeps all that was recorded when a limit is reached while a call is open, whose arguments may be made of it", async () => {
    await publish(
      "async ({ variables, approval }) => { const a = await variables.get('a'); const asked = approval({ message: 'Use ' + a + '?' }); for (;;); }",
      `{ attempts: 2, backoff: { initial: 100 }, on: ["cpu"] }`,
      `limits: { cpu: 300 },`,
    );
    engine.variables.set("a", 1);
    const { id } = await engine.start("again");
    await until(engine, id, "waiting");
    engine.variables.set("a", 2);
    await next(id);
    const job = await engine.finish(id);
    assert.deepEqual([job.failureCode, job.retries], ["cpu", 1], JSON.stringify(job.error));
    assert.deepEqual(engine.reads, ["a"]);
    assert.match((await warnings(id)).join("\n"), /from call 2/);
  });

  it("isn't tried before its pause is over when someone decides meanwhile what it had asked", async () => {
    await publish(
      "async ({ approval, sleep, variables }) => { await Promise.all([approval({ message: 'Sure?' }), sleep(300).then(() => variables.get('a'))]); }",
      `{ attempts: 3, backoff: { initial: "10m" } }`,
    );
    const { id, actor } = await engine.start("again");
    await until(engine, id, "waiting");
    const [approval] = await engine.store.read.approvals.list({ scopes: ["/"], jobId: id, limit: 1 });
    assert.ok(approval);
    await engine.jobs.approvals.decide({ approvalId: approval.id, actor, decision: "approve", reason: "", answers: {} });
    assert.equal((await engine.store.read.jobs.get(id))?.status, "waiting");
    engine.variables.set("a", 1);
    await next(id);
    assert.equal((await engine.finish(id)).status, "completed");
  });

  it("stays stopped when it is stopped between two tries, and waits over a restart", async () => {
    await publish("async ({ variables }) => { await variables.get('a'); }", `{ attempts: 9, backoff: { initial: "1h" } }`);
    const { id } = await engine.start("again");
    const other = await engine.start("again");
    await until(engine, id, "waiting");
    await until(engine, other.id, "waiting");
    await engine.jobs.stop(other.id, "ada");
    await engine.stop();
    engine = await open();
    engine.variables.set("a", 1);
    offset += 7_200_000;
    await engine.jobs.wakeDue();
    assert.equal((await engine.finish(id)).status, "completed");
    assert.equal((await engine.store.read.jobs.get(other.id))?.status, "stopped");
  });
});

describe("retry() within a runbook", function () {
  this.timeout(30_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = await rig({ address: `sqlite:${directory.path}`, runners: 1 });
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });

  it("tries again with growing pauses of the journal, tells each failure, and gives what the last try gives", async () => {
    await engine.publish(
      "steps",
      "async ({ retry, output }) => { output(await retry((n) => { if (n < 4) throw new Error('not yet'); return n; }, { attempts: 5, backoff: { initial: 20, factor: 2, max: '60ms' } })); }",
    );
    const job = await engine.finish((await engine.start("steps")).id);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
    assert.deepEqual(await engine.outputs(job.id), [4]);
    const calls = await engine.store.read.journal.calls(job.id, { after: 0, limit: 10 });
    assert.deepEqual(
      calls.map(({ op, args }) => [op, Math.ceil((args as { scale: number }).scale)]),
      [
        ["sleep", 1],
        ["sleep", 2],
        ["sleep", 4],
      ],
    );
    const logs = (await engine.store.read.streams.list(job.id, { after: 0, limit: 10 })).flatMap((entry) => (entry.kind === "log" ? [entry.message] : []));
    assert.deepEqual(logs, ["try 1 of 5 failed: not yet", "try 2 of 5 failed: not yet", "try 3 of 5 failed: not yet"]);
  });

  it("tries only the errors named again, and throws the last one", async () => {
    await engine.publish(
      "named",
      `async ({ retry, output }) => {
        let tries = 0;
        const fail = (code) => () => { tries++; throw Object.assign(new Error(code), { code }); };
        const backoff = { initial: 1 };
        try { await retry(fail("A"), { on: ["B"], backoff }); } catch (error) { output([error.code, tries]); }
        tries = 0;
        try { await retry(fail("A"), { on: ["A"], attempts: 3, backoff }); } catch (error) { output([error.code, tries]); }
        tries = 0;
        try { await retry(fail("A"), { on: (error) => error.code === "A" && tries < 2, attempts: 9, backoff }); } catch (error) { output([error.code, tries]); }
      }`,
    );
    const job = await engine.finish((await engine.start("named")).id);
    assert.deepEqual(
      await engine.outputs(job.id),
      [
        ["A", 1],
        ["A", 3],
        ["A", 2],
      ],
      JSON.stringify(job.error),
    );
  });
});
