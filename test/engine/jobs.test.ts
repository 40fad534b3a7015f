import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { eventually } from "../support/eventually.ts";
import { syncsBy } from "../support/syncs.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";

describe("jobs", function () {
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

  it("run from the door to their outcome, and every change of status says who made it", async () => {
    await engine.publish(
      "hello",
      "async ({ params, log, output }) => { log(`hello ${params.name}`); output({ greeted: params.name }); }",
      'parameters: { type: "object", properties: { name: { type: "string", default: "world" } } },',
    );
    const job = await engine.start("hello", { name: "Ada" });
    assert.equal(job.status, "queued");
    const done = await engine.finish(job.id);
    assert.deepEqual([done.status, done.failureCode, done.error], ["completed", null, null]);
    const entries = await engine.store.read.streams.list(job.id, { after: 0, limit: 10 });
    assert.deepEqual(
      entries.map(({ at, ...entry }) => entry),
      [
        { seq: 1, kind: "log", level: "info", message: "hello Ada" },
        { seq: 2, kind: "output", value: { greeted: "Ada" } },
      ],
    );
    const transitions = await engine.store.read.jobs.transitions(job.id);
    assert.deepEqual(
      transitions.map(({ to, by }) => [to, by]),
      [
        ["queued", "ada"],
        ["running", "eng_rig"],
        ["completed", "eng_rig"],
      ],
    );
  });

  it("don't exist when their parameters don't fit, and the error names each field", async () => {
    await engine.publish(
      "typed",
      "async () => {}",
      'parameters: { type: "object", required: ["count"], properties: { count: { type: "integer" }, role: { type: "string" } } },',
    );
    await assert.rejects(engine.start("typed", { count: "three", rolle: "web" }), (error) => {
      assert.ok(isRunwrightError(error, "PARAMETERS_INVALID"));
      assert.deepEqual(
        (error.details as { field: string }[]).map((one) => one.field),
        ["/rolle", "/count"],
      );
      return true;
    });
    await assert.rejects(engine.start("typed", {}), (error) => isRunwrightError(error, "PARAMETERS_INVALID") && /\/count is required/.test(error.message));
    await assert.rejects(engine.start("typed", { count: 1, role: "x".repeat(10_000_000) }), (error) => isRunwrightError(error, "TOO_LARGE"));
    assert.deepEqual(await engine.store.read.jobs.list({ scopes: ["/"], limit: 10 }), []);
  });

  it("don't exist when checking their parameters would take for ever, and the engine goes on", async () => {
    const twice = (name: string) => `{ allOf: [{ $ref: "#/$defs/${name}" }, { $ref: "#/$defs/${name}" }] }`;
    const doubling = Array.from({ length: 40 }, (_, i) => `d${i}: ${twice(`d${i + 1}`)}`).join(", ");
    const rows: [string, string, unknown][] = [
      ["a pattern", `properties: { a: { type: "string", pattern: "^(a+)+$" } }`, { a: `${"a".repeat(40)}!` }],
      ["references that double", `$defs: { ${doubling}, d40: { type: "string" } }, properties: { a: { $ref: "#/$defs/d0" } }`, { a: "x" }],
      ["a reference to itself", `properties: { a: { $ref: "#/properties/a" } }`, { a: "x" }],
    ];
    for (const [n, [what, schema, params]] of rows.entries()) {
      await engine.publish(`costly-${n}`, "async () => {}", `parameters: { type: "object", ${schema} },`);
      const began = performance.now();
      await assert.rejects(engine.start(`costly-${n}`, params), { code: "PARAMETERS_INVALID", message: /can't be checked/ }, what);
      assert.ok(performance.now() - began < 5_000, what);
    }
    await assert.rejects(engine.start("costly-0", { a: "b" }), { code: "PARAMETERS_INVALID", message: /pattern/ });
    assert.equal((await engine.finish((await engine.start("costly-0", { a: "aaa" })).id)).status, "completed");
  });

  it("don't exist when their parameters nest too deep", async () => {
    await engine.publish("deep", "async () => {}", `parameters: { type: "object", properties: { a: {} } },`);
    let deep: unknown = 1;
    for (let i = 0; i < 600; i++) deep = [deep];
    await assert.rejects(engine.start("deep", { a: deep }), { code: "PARAMETERS_INVALID", message: /500 levels/ });
  });

  it("fail with the runbook's own error", async () => {
    await engine.publish("broken", "async () => { throw new TypeError('no such disk'); }");
    const done = await engine.finish((await engine.start("broken")).id);
    assert.deepEqual([done.status, done.failureCode, done.error?.name, done.error?.message], ["failed", "error", "TypeError", "no such disk"]);
  });

  it("stop at once, also in an endless loop, while others go on", async () => {
    await engine.publish("loop", "async ({ output }) => { output('started'); for (;;); }");
    await engine.publish("quick", "async ({ output }) => output(1)");
    const looping = await engine.start("loop");
    await new Promise<void>((resolve) => {
      const end = engine.jobs.feed.subscribe(looping.id, (event) => {
        if (event.kind === "entries") {
          end();
          resolve();
        }
      });
    });
    const quick = await engine.finish((await engine.start("quick")).id);
    assert.equal(quick.status, "completed");
    await engine.jobs.stop(looping.id, "ada");
    const stopped = await engine.finish(looping.id);
    assert.equal(stopped.status, "stopped");
    await assert.rejects(engine.jobs.stop(looping.id, "ada"), (error) => isRunwrightError(error, "JOB_FINAL"));
  });

  it("are the same job when asked for twice under one key, also at the same time", async () => {
    await engine.publish("once", "async () => {}");
    const ask = () =>
      engine.jobs.enqueue({
        runbook: "once",
        version: "latest",
        params: {},
        trigger: "webhook",
        dry: false,
        actor: { id: "x", kind: "service", name: "hook", grants: [] },
        correlationId: "c",
        idempotencyKey: "k1",
      });
    const [one, two] = await Promise.all([ask(), ask()]);
    assert.equal(one.id, two.id);
    assert.equal((await ask()).id, one.id);
  });

  it("are answered under a known key when the disk has them, not before", async () => {
    await engine.publish("once", "async () => {}");
    const ask = () =>
      engine.jobs.enqueue({
        runbook: "once",
        version: "latest",
        params: {},
        trigger: "manual",
        dry: false,
        actor: ADA,
        correlationId: "c",
        idempotencyKey: "k2",
      });
    const held: (() => void)[] = [];
    let isHeld = true;
    using _syncs = syncsBy((sync) => (isHeld ? held.push(sync) : sync()));
    const answered: string[] = [];
    const first = ask().then(({ id }) => answered.push(id));
    await eventually("its commit", () => engine.store.read.jobs.byIdempotencyKey("k2"));
    const second = ask().then(({ id }) => answered.push(id));
    for (let turns = 0; turns < 50; turns++) await turn();
    assert.deepEqual(answered, []);
    isHeld = false;
    for (const sync of held) sync();
    await Promise.all([first, second]);
    assert.equal(new Set(answered).size, 1);
  });

  it("run nothing but what was published: an altered bundle is refused", async () => {
    const { version } = await engine.publish("tampered", "async ({ output }) => output('original')");
    await engine.store.write((tx) => tx.runbooks.purge("none"));
    await engine.store.write(async (tx) => {
      await tx.runbooks.putBundle({ hash: "0".repeat(64), text: "var __runbook = {}", sourceMap: null, createdAt: 0 });
      await tx.runbooks.insertVersion({ ...version, version: 2, bundleHash: "0".repeat(64) });
    });
    const done = await engine.finish((await engine.start("tampered")).id);
    assert.deepEqual([done.status, done.failureCode], ["failed", "damaged"]);
    assert.match(done.error?.message ?? "", /altered/);
  });

  it("go on in another attempt when their runner is killed, and write nothing twice", async () => {
    await engine.publish("steps", "async ({ output, sleep }) => { output(1); await sleep(50); output(2); await sleep(400); output(3); }");
    const jobs = await Promise.all(Array.from({ length: 4 }, () => engine.start("steps")));
    await new Promise<void>((resolve) => {
      const end = engine.jobs.feed.subscribe(null, (event) => {
        if (event.kind === "entries" && event.entries.some((entry) => entry.kind === "output" && entry.value === 2)) {
          end();
          resolve();
        }
      });
    });
    for (const { pid } of engine.sandbox.describe().runners) process.kill(pid, "SIGKILL");
    for (const job of jobs) {
      const done = await engine.finish(job.id);
      assert.equal(done.status, "completed", JSON.stringify(done.error));
      assert.deepEqual(await engine.outputs(job.id), [1, 2, 3]);
      // Or more: a runner that was killed, too, may be given the job before its end is noticed.
      assert.ok(done.attempt >= 2);
    }
  });

  it("go on after the engine was stopped in their middle, in the same folder", async () => {
    await engine.publish("long", "async ({ output, sleep }) => { output('a'); await sleep(1000); output('b'); }");
    const job = await engine.start("long");
    await new Promise<void>((resolve) => {
      const end = engine.jobs.feed.subscribe(job.id, (event) => {
        if (event.kind === "entries") {
          end();
          resolve();
        }
      });
    });
    await engine.stop(0);
    engine = await rig({ address: `sqlite:${directory.path}` });
    const done = await engine.finish(job.id);
    assert.equal(done.status, "completed");
    assert.deepEqual(await engine.outputs(job.id), ["a", "b"]);
  });
});
