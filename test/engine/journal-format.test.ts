import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdCompressSync } from "node:zlib";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { JOURNAL_FORMAT } from "../../engine/core/journal.ts";
import { pack, unpack } from "../../engine/jobs/packing.ts";
import { RUNTIME } from "../../engine/jobs/runtime.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";

describe("what is kept of a job", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let offset = 0;
  const clock = { now: () => Date.now() + offset, monotonic: () => performance.now() };
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warnings.push(message) };
  const open = () => rig({ address: `sqlite:${directory.path}`, clock, log });
  beforeEach(async () => {
    directory = await temporaryDirectory();
    engine = await open();
    warnings.length = 0;
  });
  afterEach(async () => {
    await engine.stop();
    await directory.remove();
  });
  /** By another hand, while the engine stands still. */
  async function whileStopped(sql: string): Promise<void> {
    await engine.stop();
    const database = new DatabaseSync(join(directory.path, "runwright.db"));
    database.exec(sql);
    database.close();
    engine = await open();
  }
  const untilAsleep = async (id: string) => {
    while ((await engine.store.read.jobs.get(id))?.status !== "waiting") await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it("is packed when that makes it smaller, and comes back as it was", async () => {
    const big = Array.from({ length: 5_000 }, (_, n) => ({ name: `package-${n}`, version: "1.2.3" }));
    engine.variables.set("big", big).set("small", "ü☃");
    await engine.publish(
      "reads",
      "async ({ variables, output, sleep }) => { const big = await variables.get('big'); const small = await variables.get('small'); await sleep('1h'); output([big, small]); }",
      'permissions: { variables: ["big", "small"] },',
    );
    const { id } = await engine.start("reads");
    await untilAsleep(id);
    const sizes = (await engine.store.read.journal.list(id)).map((record) => record.outcome?.length ?? 0);
    assert.ok((sizes[0] ?? 0) < JSON.stringify(big).length / 5, `${sizes[0]} bytes are kept`);
    offset += 3_600_000;
    await engine.jobs.wakeDue();
    assert.equal((await engine.finish(id)).status, "completed");
    assert.deepEqual(await engine.outputs(id), [[big, "ü☃"]]);
  });

  it("is kept as it is when packing wouldn't help, and never unpacks to more than is ever packed", () => {
    for (const text of ['{"ok":true}', JSON.stringify({ value: "é☃😀".repeat(5_000) }), JSON.stringify({ value: "x".repeat(1_000_000) }), ""]) {
      assert.equal(unpack(pack(text)), text);
    }
    assert.ok(pack(JSON.stringify("x".repeat(1_000_000))).length < 1_000);
    const bomb = zstdCompressSync(Buffer.alloc(80 * 1024 * 1024));
    assert.ok(bomb.length < 100_000);
    assert.throws(() => unpack(bomb), { code: "ERR_BUFFER_TOO_LARGE" });
    assert.throws(() => unpack(bomb.subarray(0, 100)));
  });

  it("says which runtime began it, and a difference names both when that has changed", async () => {
    await engine.publish(
      "differs",
      "async ({ variables, sleep }) => { await variables.get('a'); await sleep('1h'); await variables.get('b'); }",
      'permissions: { variables: ["a", "b"] },',
    );
    engine.variables.set("a", 1).set("b", 2);
    const job = await engine.start("differs");
    await untilAsleep(job.id);
    assert.equal((await engine.store.read.jobs.get(job.id))?.runtime, RUNTIME);
    assert.match(RUNTIME, /^node \d+\.\d+\.\d+, v8 \d/);
    // Another order of calls, as a runtime that computes otherwise would give: the bundle is another one, and the runtime that began it too.
    await engine.publish(
      "other",
      "async ({ variables, sleep }) => { await variables.get('b'); await sleep('1h'); await variables.get('a'); }",
      'permissions: { variables: ["a", "b"] },',
    );
    await whileStopped(
      "update jobs set runtime = 'node 25.0.0, v8 13.0', bundleHash = (select bundleHash from versions join runbooks on id = versions.runbookId where name = 'other')",
    );
    offset += 2 * 3_600_000;
    await engine.jobs.wakeDue();
    const done = await engine.finish(job.id);
    assert.equal(done.failureCode, "nondeterminism");
    assert.match(done.error?.message ?? "", /recorded variables\.get.*The job began on node 25\.0\.0, v8 13\.0, and this is node \d+/);
    assert.equal(done.runtime, "node 25.0.0, v8 13.0");
  });

  it("is left to newer engines when they have begun it: it stays queued, can't be resumed here, and an operator hears of it once", async () => {
    await engine.publish("naps", "async ({ sleep, output }) => { await sleep('1h'); output('done'); }");
    const [newer, failed, own] = [await engine.start("naps"), await engine.start("naps"), await engine.start("naps")];
    for (const job of [newer, failed, own]) await untilAsleep(job.id);
    await engine.jobs.stop(failed.id, "ada");
    await whileStopped(`update jobs set journalFormat = ${JOURNAL_FORMAT + 1} where id in ('${newer.id}', '${failed.id}')`);
    assert.deepEqual([engine.jobs.warnings(), warnings.length], [[], 0]);
    offset += 2 * 3_600_000;
    await engine.jobs.wakeDue();
    assert.equal((await engine.finish(own.id)).status, "completed");
    const left = await engine.store.read.jobs.get(newer.id);
    assert.deepEqual([left?.status, left?.attempt], ["queued", 1]);

    await assert.rejects(
      engine.jobs.resume({ jobId: failed.id, actor: ADA, correlationId: "c" }),
      (error) =>
        isRunwrightError(error, "CONFLICT") && error.message.includes(`has format ${JOURNAL_FORMAT + 1}, this engine knows ${JOURNAL_FORMAT}; upgrade it`),
    );
    await engine.jobs.lookForNewer();
    await engine.jobs.lookForNewer();
    assert.match(engine.jobs.warnings().join(), /that a newer engine has begun.*: 1;/);
    assert.equal(warnings.filter((message) => /newer engine/.test(message)).length, 1);

    await whileStopped(`update jobs set journalFormat = ${JOURNAL_FORMAT}`);
    assert.equal((await engine.finish(newer.id)).status, "completed");
    assert.deepEqual(engine.jobs.warnings(), []);
  });
});
