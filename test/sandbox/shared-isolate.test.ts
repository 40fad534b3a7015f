import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../../engine/core/manifest.ts";
import type { PreparedIsolate } from "../../engine/sandbox/runner/isolates.ts";
import { createSharedIsolates } from "../../engine/sandbox/runner/shared.ts";
import { createRig, emptyJob, type Finished, type Rig, type RunOptions } from "./rig.ts";

/** A runbook that has opted in: the manifest is all that differs. */
const sharing = (limits: RunOptions["limits"] = {}): Pick<RunOptions, "attempt"> => ({
  attempt: { manifest: { summary: "subject", parameters: { type: "object" }, permissions: {}, limits: { ...DEFAULT_LIMITS, ...limits }, sharedIsolate: true } },
});

/** One whose contexts can be told apart; the real one lives in runner processes alone. */
function fakeIsolate(memoryMb: number): PreparedIsolate {
  let isGone = false;
  const inContext = (): PreparedIsolate => ({
    memoryMb,
    onSent() {},
    onCatastrophe() {},
    enter: async () => {},
    evaluate: async () => {},
    coverage: async () => "",
    cpuMs: () => 0,
    heapBytes: () => 0,
    isGone: () => isGone,
    renew: async () => inContext(),
    dispose() {
      isGone = true;
    },
  });
  return inContext();
}

describe("jobs that share an isolate", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(() => {
    rig = createRig();
  });
  after(() => rig.stop());
  const run = (body: string, options: RunOptions = {}): Promise<Finished> => rig.finish(body, { ...sharing(options.limits), ...options });

  it("find nothing that the one before has left: globals, prototypes, symbols, frozen things, counters of regular expressions", async () => {
    const body = `
      const seen = [typeof globalThis.left, typeof [].left, typeof Object.prototype.left, String(Math.max), /x/g.lastIndex, Symbol.for("left") === globalThis.leftSymbol];
      output(seen);
      globalThis.left = 1; globalThis.leftSymbol = Symbol.for("left"); Array.prototype.left = 1; Object.prototype.left = 1; Math.max = () => 7;
      Promise.prototype.then = function () { throw new Error("poisoned"); };
      JSON.stringify = () => "poisoned"; Object.freeze(Array.prototype);`;
    const [first, second, third] = [await run(body), await run(body), await run(body)];
    assert.deepEqual(
      [first.ending.kind, first.outputs],
      ["completed", [["undefined", "undefined", "undefined", "function max() { [native code] }", 0, false]]],
    );
    assert.deepEqual([second.ending.kind, second.outputs], ["completed", first.outputs]);
    assert.deepEqual([third.ending.kind, third.outputs], ["completed", first.outputs]);
  });

  it("aren't woken by promises, and don't get the words, of the one before", async () => {
    const noisy = `
      globalThis.keep = Promise.resolve();
      const again = () => { log("left behind"); };
      keep.then(() => keep.then(() => keep.then(again)));
      output("first");`;
    await run(noisy);
    const next = await run(`await Promise.resolve(); output("second");`);
    assert.deepEqual([next.outputs, next.logs], [["second"], []]);
  });

  it("draw random numbers and read the time of their own", async () => {
    const body = "output([Math.random(), Date.now(), crypto.randomUUID()]);";
    const one = await run(body, { seed: "11".repeat(16) });
    const two = await run(body, { seed: "22".repeat(16) });
    const again = await run(body, { seed: "11".repeat(16) });
    assert.notDeepEqual(one.outputs, two.outputs);
    assert.deepEqual(again.outputs, one.outputs);
  });

  it("have memory, CPU time and output of their own, and one that used them up takes its isolate along", async () => {
    const limits = { memoryMb: 32, cpuMs: 1_000 } as RunOptions["limits"];
    const greedy = "const all = []; for (;;) all.push(new Array(10_000).fill(all.length));";
    assert.equal(((await run(greedy, { limits })).ending as { failureCode?: string }).failureCode, "memory");
    assert.equal((await run("output(1)", { limits })).ending.kind, "completed");
    // Each uses half of what it may: together they would be stopped.
    const busy = "const until = 4e7; let x = 0; for (let i = 0; i < until; i++) x += i; output(1);";
    for (let n = 0; n < 4; n++) assert.equal((await run(busy, { limits: { cpuMs: 1_500 } })).ending.kind, "completed");
  });

  it("end when they are done, though their code goes on, and the next one is none the worse", async () => {
    const endless = "output(1); const spin = () => Promise.resolve().then(spin); spin();";
    const first = await run(endless, { limits: { cpuMs: 2_000 } as RunOptions["limits"] });
    assert.ok(first.ending.kind === "completed" || first.ending.kind === "failed");
    const second = await run("output(2)");
    assert.deepEqual([second.ending.kind, second.outputs], ["completed", [2]]);
  });

  it("of different runbooks never meet, nor those of another version", async () => {
    await run("globalThis.secretly = 1; output(1)");
    assert.deepEqual((await run("output(typeof globalThis.secretly)")).outputs, ["undefined"]);
  });

  it("replay exactly, as others do", async () => {
    const body = "await sleep(5); output([Date.now(), Math.random()]);";
    const kept = emptyJob();
    const first = await run(body, { kept });
    const again = await run(body, { kept: structuredClone({ ...kept, entries: [] }) });
    assert.deepEqual(again.outputs, first.outputs);
  });

  it("really use one isolate, of their own bundle and size, never two at once, and not for ever", async () => {
    let made = 0;
    let isTight = false;
    const shared = createSharedIsolates(
      (memoryMb) => {
        made++;
        return fakeIsolate(memoryMb);
      },
      () => isTight,
    );
    const one = await shared.take("a", 64);
    const beside = await shared.take("a", 64);
    assert.equal(made, 2);
    await shared.giveBack("a", one, 1_000_000);
    await shared.giveBack("a", beside, 1_000_000_000);
    assert.equal(beside.isGone(), true, "one that is too full is let go");
    const again = await shared.take("a", 64);
    assert.notEqual(again, one);
    assert.deepEqual([made, again.isGone()], [2, false]);
    await shared.giveBack("a", again, 0);
    for (const [key, size] of [
      ["b", 64],
      ["a", 32],
    ] as const)
      await shared.take(key, size);
    assert.equal(made, 4);
    shared.forget("a");
    let used = await shared.take("a", 64);
    assert.equal(made, 5);
    for (let n = 0; n < 500; n++) {
      await shared.giveBack("a", used, 0);
      used = await shared.take("a", 64);
    }
    assert.equal(made, 6);
    isTight = true;
    await shared.giveBack("a", used, 0);
    assert.equal(used.isGone(), true, "nothing is kept when memory is short");
    isTight = false;
    const last = await shared.take("a", 64);
    await shared.giveBack("a", last, 0);
    assert.deepEqual([shared.drop(), shared.drop()], [true, false]);
    await shared.take("a", 64);
    assert.equal(made, 8);
  });

  it("leave nothing behind that V8 doesn't count: the next one has as much room as the first", async () => {
    const segments = `const all = []; const text = "x".repeat(1e6); const words = new Intl.Segmenter("en"); for (let i = 0; i < 150; i++) all.push(words.segment(text)); output(all.length);`;
    for (let n = 0; n < 4; n++) {
      const { ending, outputs } = await run(segments);
      assert.deepEqual([ending.kind, outputs], ["completed", [150]], JSON.stringify(ending));
    }
  });

  it("go on by the hundred, over the life of more than one isolate", async () => {
    for (let n = 0; n < 520; n++) {
      const done = await run("output(typeof globalThis.n); globalThis.n = 1;");
      assert.deepEqual(done.outputs, ["undefined"]);
    }
  });
});
