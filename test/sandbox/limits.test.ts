import assert from "node:assert/strict";
import type { FailureCode } from "../../engine/core/job.ts";
import type { Limits } from "../../engine/core/manifest.ts";
import { residentBytes } from "../../engine/sandbox/resident-memory.ts";
import { createRig, failureOf, type Rig, type RunOptions } from "./rig.ts";

interface Row {
  what: string;
  body: string;
  limits?: Partial<Limits>;
  options?: RunOptions;
  expected: FailureCode;
  message: RegExp;
}

const ROWS: Row[] = [
  { what: "CPU time of an endless loop", body: "for (;;) {}", limits: { cpuMs: 150 }, expected: "cpu", message: /150 ms of CPU/ },
  { what: "CPU time of a loop that allocates", body: "let kept; for (;;) kept = new Array(1000);", limits: { cpuMs: 150 }, expected: "cpu", message: /CPU/ },
  {
    what: "CPU time of endless microtasks",
    body: "const again = () => Promise.resolve().then(again); await again();",
    limits: { cpuMs: 150 },
    expected: "cpu",
    message: /CPU/,
  },
  { what: "CPU time of a regular expression", body: `/^(a+)+$/.test("a".repeat(60) + "b");`, limits: { cpuMs: 150 }, expected: "cpu", message: /CPU/ },
  { what: "CPU time while it is loaded again and again by eval", body: `for (;;) eval("1 + 1");`, limits: { cpuMs: 150 }, expected: "cpu", message: /CPU/ },
  { what: "wall time", body: "await http_like();", limits: { timeoutMs: 200 }, expected: "timeout", message: /200 ms/ },
  { what: "memory of objects", body: "const all = []; for (;;) all.push({ a: 1 });", expected: "memory", message: /64 MB/ },
  { what: "memory of large arrays", body: "const all = []; for (;;) all.push(new Array(1000).fill(1.5));", expected: "memory", message: /64 MB/ },
  { what: "memory of very large arrays", body: "const all = []; for (;;) all.push(new Array(5_000_000));", expected: "memory", message: /memory/ },
  {
    what: "memory of text",
    body: `const all = []; for (let i = 0; ; i++) all.push(("abc" + i).repeat(1000).replace("a", "b"));`,
    expected: "memory",
    message: /memory/,
  },
  {
    what: "memory of parsed nesting that V8 doesn't count",
    body: `for (;;) { try { JSON.parse("[".repeat(20_000_000)); } catch {} }`,
    expected: "memory",
    message: /memory/,
  },
  {
    what: "output bytes",
    body: `for (;;) { output("x".repeat(10_000)); }`,
    limits: { outputBytes: 100_000 },
    expected: "output_limit",
    message: /100000 bytes/,
  },
  {
    what: "output bytes, which characters beyond ASCII use up faster",
    body: `for (let i = 0; i < 40; i++) output("é€😀");`,
    limits: { outputBytes: 400 },
    expected: "output_limit",
    message: /400 bytes/,
  },
  { what: "log rate", body: `for (;;) log("again");`, limits: { logRate: 50 }, expected: "log_rate", message: /50 entries/ },
  {
    what: "log rate through progress",
    body: `for (let i = 0; ; i++) progress(i / 1e6);`,
    limits: { logRate: 50 },
    expected: "log_rate",
    message: /50 entries/,
  },
  { what: "host calls", body: "for (;;) await sleep(0);", limits: { hostCalls: 20 }, expected: "host_calls", message: /20 host calls/ },
  {
    what: "host calls that nobody waits for",
    body: "for (;;) sleep(0).catch(() => {});",
    limits: { hostCalls: 20 },
    expected: "host_calls",
    message: /20 host calls/,
  },
];

describe("limits", () => {
  let rig: Rig;
  before(() => {
    rig = createRig({
      runners: 1,
      replaced: [{ op: "variables.get", effect: "read", check: () => undefined, perform: (_args, { signal }) => untilAborted(signal) }],
    });
  });
  after(() => rig.stop());

  for (const { what, body, limits, expected, message } of ROWS) {
    it(`end a job that exceeds ${what} with failure code ${expected}`, async () => {
      const { ending } = await rig.finish(body.replace("http_like()", `variables.get("never")`), { limits: { cpuMs: 20_000, ...limits } });
      const { failureCode, error } = failureOf(ending);
      assert.equal(failureCode, expected, error.message);
      assert.match(error.message, message);
    });
  }

  it("can't be escaped by catching the error", async () => {
    const { ending, kept } = await rig.finish(`for (;;) { try { log("x"); } catch {} }`, { limits: { logRate: 20, cpuMs: 20_000 } });
    assert.equal(failureOf(ending).failureCode, "log_rate");
    assert.equal(kept.entries.length, 20);
  });

  it("aren't needed to end what goes on after the runbook has returned", async () => {
    const { ending } = await rig.finish("const again = () => Promise.resolve().then(again); again();", { limits: { cpuMs: 20_000, timeoutMs: 15_000 } });
    assert.equal(ending.kind, "completed");
    assert.equal((await rig.finish("output(1);")).ending.kind, "completed");
  });

  it("hit by one job leave the others in the same runner alone, and the next ones too", async () => {
    const others = Array.from({ length: 5 }, (_, n) =>
      rig.finish(`for (let i = 0; i < 3; i++) await sleep(1); output(params.n);`, {
        params: { n },
        attempt: { startedAt: Date.now() },
      }),
    );
    const guilty = await rig.finish("const all = []; for (;;) all.push({ a: 1 });");
    assert.equal(failureOf(guilty.ending).failureCode, "memory");
    for (const [n, { ending, outputs }] of (await Promise.all(others)).entries()) {
      assert.equal(ending.kind, "completed");
      assert.deepEqual(outputs, [n]);
    }
    assert.equal((await rig.finish("output(1)")).ending.kind, "completed");
  });

  it("of nesting end the job that reaches them, not its runner with all other jobs", async () => {
    await rig.sandbox.ready();
    const before = rig.sandbox.describe().runners.map(({ pid }) => pid);
    rig.ports.assets.secrets.set("token", ["hunter22-hunter22"]);
    const deep = "let deep: any = 1; for (let i = 0; i < 100_000; i++) deep = [deep];";
    const permissions = { secrets: ["token"] };
    const written = ["output(deep)", `log("x", deep)`, `await secrets.get("token"); output(deep)`, `await jobs.start("child", { deep })`];
    for (const what of written) {
      const error = failureOf((await rig.finish(`${deep} ${what}; await sleep(1);`, { permissions })).ending);
      assert.equal(error.failureCode, "error", what);
      assert.match(error.error.message, /500 levels|call stack/, what);
    }
    const shallow = "let deep: any = 1; for (let i = 0; i < 499; i++) deep = [deep]; output(deep);";
    assert.equal((await rig.finish(shallow)).ending.kind, "completed");
    assert.deepEqual(
      rig.sandbox.describe().runners.map(({ pid }) => pid),
      before,
    );
  });

  it("count the wall time of earlier attempts", async () => {
    const { ending } = await rig.finish(`await variables.get("never");`, { limits: { timeoutMs: 60_000 }, attempt: { usedMs: 59_900 } });
    assert.equal(failureOf(ending).failureCode, "timeout");
  });

  it("don't count time in which a job does nothing but sleep", async () => {
    const { ending } = await rig.finish(`await sleep(400);`, { limits: { timeoutMs: 150 }, attempt: { startedAt: Date.now() } });
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
  });

  it("leave room for more memory when the runbook asks for it", async () => {
    const body = "const all = []; for (let i = 0; i < 12_000; i++) all.push(new Array(1000).fill(1.5)); output(all.length);";
    assert.equal(failureOf((await rig.finish(body)).ending).failureCode, "memory");
    assert.deepEqual((await rig.finish(body, { limits: { memoryMb: 256 } })).outputs, [12_000]);
  });

  it("keep the memory of the runner itself bounded while guests flood it", async () => {
    await rig.sandbox.ready();
    const flood = `const text = "x".repeat(900_000); for (;;) { try { await Promise.all(Array.from({ length: 100 }, () => variables.get(text))); } catch {} }`;
    const { ending } = await rig.finish(flood, { limits: { cpuMs: 5_000 } });
    assert.equal(failureOf(ending).failureCode, "host_calls");
    await rig.sandbox.ready();
    const [runner] = rig.sandbox.describe().runners;
    const residentMb = (residentBytes(runner?.pid ?? 0) ?? 0) / 1024 / 1024;
    assert.ok(residentMb > 30);
    assert.ok(residentMb < 700, `${residentMb} MB`);
  });
});

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
