import assert from "node:assert/strict";
import { constants, zstdCompressSync } from "node:zlib";
import { masterKeyOf } from "../../engine/access/master-key.ts";
import { soleRootKey } from "../../engine/access/root-keys.ts";
import { createSealer } from "../../engine/access/sealer.ts";
import { systemClock } from "../../engine/clock.ts";
import { MAX_JOURNAL_BYTES } from "../../engine/core/journal.ts";
import { createAttemptJournal } from "../../engine/jobs/attempt-journal.ts";
import { createJobFeed } from "../../engine/jobs/feed.ts";
import { openRecords, sealRecord } from "../../engine/jobs/sealed-records.ts";
import { aJob } from "../contract/rows.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { ADA, type Rig, rig } from "./rig.ts";
import { until } from "./until.ts";

const MB = 2 ** 20;
/** Some of these jobs move hundreds of megabytes, on a disk that others use as well. */
const PATIENCE_MS = 120_000;
/** The master key of the rig. */
const sealer = createSealer(soleRootKey(masterKeyOf(Buffer.alloc(32, 7))));
/** Packages of a machine, as they are asked for: large, and much the same. */
const packages = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `package-${n}`, version: `1.${n % 50}.0-1ubuntu1`, held: false }));

describe("a journal with large outcomes", function () {
  this.timeout(2 * PATIENCE_MS);
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
  const DECLARATION = 'permissions: { variables: ["large"] }, limits: { memoryMb: 512 },';

  async function goOn(jobId: string): Promise<void> {
    const approval = await eventually("the approval", async () => (await engine.store.read.approvals.list({ scopes: ["/"], jobId, limit: 1 }))[0]);
    await engine.jobs.approvals.decide({ approvalId: approval.id, actor: ADA, decision: "approve", reason: "", answers: {} });
  }

  it("is stored compressed, and replays exactly", async () => {
    const large = packages(80_000);
    const text = JSON.stringify(large);
    assert.ok(text.length > 4 * MB);
    engine.variables.set("large", large);
    await engine.publish(
      "large",
      `async ({ variables, approval, output }) => {
        const text = JSON.stringify(await variables.get("large"));
        await approval({ message: "Go on?" });
        output([text.length, text.slice(-500)]);
      }`,
      DECLARATION,
    );
    const { id } = await engine.start("large");
    await until(engine, id, "waiting");
    const [record] = await engine.store.read.journal.list(id);
    const stored = record?.outcome?.length ?? Number.POSITIVE_INFINITY;
    assert.ok(stored < text.length / 5, `${stored} bytes are stored of ${text.length}`);
    engine.variables.set("large", "another one");
    await goOn(id);
    const job = await engine.finish(id);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
    assert.deepEqual(await engine.outputs(id), [[text.length, text.slice(-500)]]);
    assert.deepEqual(engine.reads, ["large"]);
  });

  it("takes 15 MB from one call; more is an error of the call, which names the limit", async () => {
    engine.variables.set("large", "x".repeat(15 * MB - 2));
    await engine.publish("large", `async ({ variables, output }) => { output((await variables.get("large")).length); }`, DECLARATION);
    const just = await engine.start("large");
    assert.equal((await engine.finish(just.id)).status, "completed");
    assert.deepEqual(await engine.outputs(just.id), [15 * MB - 2]);
    engine.variables.set("large", "x".repeat(15 * MB - 1));
    const beyond = await engine.finish((await engine.start("large")).id);
    assert.deepEqual([beyond.status, beyond.failureCode, beyond.error?.code], ["failed", "error", "TOO_LARGE"]);
    assert.match(beyond.error?.message ?? "", /variables\.get: the result is larger than 15728640 bytes/);
  });

  it("takes 256 MB from all calls of a job, and fails with journal_limit then", async () => {
    engine.variables.set("large", "x".repeat(15 * MB - 2));
    await engine.publish("greedy", `async ({ variables, output }) => { for (let i = 1; ; i++) { await variables.get("large"); output(i); } }`, DECLARATION);
    const job = await engine.finish((await engine.start("greedy")).id, PATIENCE_MS);
    assert.deepEqual([job.status, job.failureCode], ["failed", "journal_limit"], JSON.stringify(job.error));
    assert.match(job.error?.message ?? "", /larger than 256 MB; divide the work among several jobs, or let calls return less/);
    assert.equal((await engine.outputs(job.id)).length, 17);
  });

  it("counts what calls are made with, also when they are refused for it", async () => {
    const wordy = `async ({ variables, output }) => { const text = "x".repeat(${2 * MB - 100}); for (let i = 1; ; i++) { await variables.get(text).catch(() => {}); output(i); } }`;
    await engine.publish("wordy", wordy, DECLARATION);
    const job = await engine.finish((await engine.start("wordy")).id, PATIENCE_MS);
    assert.deepEqual([job.status, job.failureCode], ["failed", "journal_limit"], JSON.stringify(job.error));
    assert.equal((await engine.outputs(job.id)).length, 127);
  });

  it("goes on with many large calls, though it makes them again faster than the engine reads them", async () => {
    const body = `const text = "x".repeat(${2 * MB - 100}); for (let i = 0; i < 120; i++) await variables.get(text).catch(() => {}); await approval({ message: "Go on?" });`;
    await engine.publish("verbose", `async ({ variables, approval }) => { ${body} }`, 'permissions: { variables: ["large"] },');
    const { id } = await engine.start("verbose");
    await until(engine, id, "waiting", PATIENCE_MS);
    await goOn(id);
    const job = await engine.finish(id, PATIENCE_MS);
    assert.equal(job.status, "completed", JSON.stringify(job.error));
  });

  it("is held as text while it is replayed: parsed, lists of empty lists are twenty times as large", async () => {
    const dense = `JSON.parse("[" + "[],".repeat(45_000) + "1]")`;
    const body = `const list = ${dense}; for (let i = 0; i < 120; i++) await variables.get(list).catch(() => {}); await approval({ message: "Go on?" });`;
    await engine.publish("dense", `async ({ variables, approval }) => { ${body} }`, DECLARATION);
    const { id } = await engine.start("dense");
    const job = await until(engine, id, "waiting", PATIENCE_MS);
    const records = await engine.store.read.journal.list(id);
    const before = process.memoryUsage().heapUsed;
    const calls = openRecords(job, records, sealer.unwrap(job.wrappedKey));
    const grown = (process.memoryUsage().heapUsed - before) / MB;
    assert.equal(calls.length, 121);
    assert.ok(grown < 100, `${grown} MB more for ${records.reduce((sum, { argsJson }) => sum + argsJson.length, 0) / MB} MB of text`);
    assert.equal((JSON.parse(calls[0]?.argsJson ?? "null") as { name: unknown[] } | null)?.name.length, 45_001);
    await goOn(id);
    assert.equal((await engine.finish(id)).status, "completed");
  });

  it("counts what earlier attempts have recorded", async () => {
    const { wrapped, key } = sealer.newKey();
    await engine.store.write((tx) => tx.jobs.insert(aJob({ id: "job_full", wrappedKey: wrapped, heldBack: true }), "ada"));
    const job = await engine.store.read.jobs.get("job_full");
    assert.ok(job);
    const parts = { store: engine.store, clock: systemClock, feed: createJobFeed(), job, key, parameters: {}, onLost: assert.fail };
    const call = { call: 1, op: "variables.get", effect: "read" as const, args: {}, argsHash: "ff", retry: 0, issuedAt: 0 };
    const outcome = { ok: true as const, value: "x" };
    const size = JSON.stringify(outcome).length + JSON.stringify(call.args).length;
    const full = createAttemptJournal({ ...parts, recordedBytes: () => MAX_JOURNAL_BYTES - size + 1 });
    await assert.rejects(full.journal.settle(call, outcome), { code: "TOO_LARGE" });
    assert.deepEqual(await engine.store.read.journal.list(job.id), []);
    const fitting = createAttemptJournal({ ...parts, recordedBytes: () => MAX_JOURNAL_BYTES - size });
    assert.equal((await fitting.journal.settle(call, outcome)).order, 1);
  });

  it("isn't unpacked when it would fill the memory: the job fails, the engine goes on", async () => {
    await engine.publish("asks", `async ({ variables, approval }) => { await variables.get("large"); await approval({ message: "Go on?" }); }`, DECLARATION);
    engine.variables.set("large", 1);
    const { id } = await engine.start("asks");
    const waiting = await until(engine, id, "waiting");
    const bomb = gigabytes(4);
    assert.ok(bomb.length < 2 * MB, `${bomb.length}`);
    const key = sealer.unwrap(waiting.wrappedKey);
    const [record] = await engine.store.read.journal.list(id);
    assert.ok(record);
    // Sealed as it should be: what is refused is what it would unpack to.
    const sealed = sealRecord(record, "", { ...key, seal: (_plaintext, context) => key.seal(bomb, context) });
    await engine.store.write((tx) => tx.journal.put(sealed));
    const before = process.resourceUsage().maxRSS;
    await goOn(id);
    const job = await engine.finish(id);
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    assert.deepEqual([job.status, job.failureCode], ["failed", "damaged"], JSON.stringify(job.error));
    assert.match(job.error?.message ?? "", /call 1 \(variables\.get\) isn't as it was written/);
    assert.ok(grown < 300, `memory grew by ${grown} MB`);
  });
});

/** Zstd frames of zeros, one after the other, as the format allows. */
function gigabytes(count: number): Uint8Array {
  const frame = zstdCompressSync(Buffer.alloc(64 * MB), { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return Buffer.concat(Array.from({ length: count * 16 }, () => frame));
}
