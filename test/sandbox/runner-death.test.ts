import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { createRig, type Rig } from "./rig.ts";

describe("a runner that dies", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = createRig({ runners: 2 });
    await eventually("all runners ready", () => rig.sandbox.describe().runners.every(({ isReady }) => isReady), 15_000);
  });
  afterEach(() => rig.stop());

  it("takes its own attempts along, as lost, and no other one; they go on elsewhere from their journal", async () => {
    const body = `output("begun " + params.n); await sleep(1); output("middle"); await sleep("1h");`;
    const startedAt = Date.now() - 2_000;
    const jobs = Array.from({ length: 10 }, (_, n) => rig.start(body, { params: { n }, attempt: { startedAt, jobId: `job_${n}` } }));
    await eventually("their first lines", () => jobs.every(({ kept }) => kept.entries.length === 2));
    const [victim, survivor] = rig.sandbox.describe().runners;
    assert.equal(victim?.attempts, 5);
    process.kill(victim?.pid ?? 0, "SIGKILL");

    const first = await Promise.race(jobs.map(({ run }) => run.ended));
    assert.equal(first.kind, "lost");
    await eventually("all runners ready", () => rig.sandbox.describe().runners.every(({ isReady }) => isReady), 15_000);
    const after = rig.sandbox.describe().runners;
    assert.equal(after[1]?.pid, survivor?.pid);
    assert.equal(after[1]?.attempts, 5, "the attempts of the other runner still run");
    assert.notEqual(after[0]?.pid, victim?.pid, "another runner has taken its place");

    const open = Symbol("open");
    const lost = [];
    for (const job of jobs) if ((await Promise.race([job.run.ended, Promise.resolve(open)])) !== open) lost.push(job);
    assert.equal(lost.length, 5);
    for (const { kept } of lost) {
      const again = rig.start(body.replace(`await sleep("1h")`, `await sleep("1h"); output("woken")`), {
        kept,
        params: { n: Number(/\d+/.exec(JSON.stringify(kept.entries[0]))?.[0]) },
        attempt: { startedAt: startedAt - 3_600_000 },
      });
      assert.notEqual((await again.run.ended).kind, "lost");
    }
    for (const { run } of jobs) run.stop();
    await Promise.all(jobs.map(({ run }) => run.ended));
  });

  it("is replaced however often that happens, and a job completes in the end", async () => {
    for (let death = 0; death < 5; death++) {
      const { run, kept } = rig.start(`output(1); await sleep("1h");`, { attempt: { startedAt: Date.now() } });
      // It may be lost before it has begun: whether a process still lives is known only a moment later.
      let isOver = false;
      void run.ended.then(() => {
        isOver = true;
      });
      await eventually("its first line", () => kept.entries.length === 1 || isOver);
      for (const { pid } of rig.sandbox.describe().runners) killIfAlive(pid);
      assert.equal((await run.ended).kind, "lost");
    }
    await eventually("a runner ready", () => rig.sandbox.describe().runners.some(({ isReady }) => isReady), 15_000);
    let last = await rig.finish("output(2)");
    for (let again = 0; last.ending.kind === "lost" && again < 5; again++) last = await rig.finish("output(2)");
    assert.equal(last.ending.kind, "completed");
  });

  it("isn't waited for: freeSlots says what can start now", async () => {
    assert.equal(rig.sandbox.freeSlots(), 100);
    const { run, kept } = rig.start(`output(1); await sleep("1h")`, { attempt: { startedAt: Date.now() } });
    await eventually("its first line", () => kept.entries.length === 1);
    assert.equal(rig.sandbox.freeSlots(), 99);
    run.abandon("the engine lost the job");
    assert.deepEqual(await run.ended, { kind: "lost", reason: "the engine lost the job", blameless: true });
    await eventually("all slots free", () => rig.sandbox.freeSlots() === 100, 15_000);
  });

  it("is replaced after a number of jobs", async () => {
    const other = createRig({ runners: 1, recycleAfter: 3 });
    try {
      await other.sandbox.ready();
      const pid = other.sandbox.describe().runners[0]?.pid;
      for (let i = 0; i < 4; i++) assert.equal((await other.finish("output(1)")).ending.kind, "completed");
      assert.notEqual(other.sandbox.describe().runners[0]?.pid, pid);
    } finally {
      await other.stop();
    }
  });

  it("because the sandbox stops loses its attempts without blame, and leaves no process behind", async () => {
    const { run, kept } = rig.start(`output(1); for (;;) {}`);
    await eventually("its first line", () => kept.entries.length === 1);
    const pids = rig.sandbox.describe().runners.map(({ pid }) => pid);
    await rig.stop();
    const ending = await run.ended;
    assert.ok(ending.kind === "lost" && ending.blameless, JSON.stringify(ending));
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
    assert.equal(rig.sandbox.freeSlots(), 0);
  });
});

function killIfAlive(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, "SIGKILL");
  } catch {
    // it has just died
  }
}
