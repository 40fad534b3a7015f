import assert from "node:assert/strict";
import { beginBatch, beginRun, endBatch, giveUp, type InstallRun, nextBatch, noteVersions, recover } from "../../engine/agent/install-run.ts";
import type { PackageState } from "../../engine/agent/packages/adapter.ts";
import { timeLeft } from "../../engine/agent/time-left.ts";
import { installReport } from "../../engine/protocol/agent.ts";
import { testClock } from "../support/clock.ts";

const chosen = (...names: string[]) => names.map((name) => ({ name, architecture: "amd64", version: "2" }));
const states = (versions: Record<string, string>, whole = true) =>
  new Map<string, PackageState>(Object.entries(versions).map(([name, version]) => [`${name}:amd64`, { version, whole }]));
const begun = (...names: string[]) => beginRun({ updates: chosen(...names) }, 0);
const seen = (run: InstallRun) => run.updates.map(({ name, status, tries }) => `${name} ${status} ${tries}`);
const names = (batch: { name: string }[]) => batch.map((one) => one.name).join("");

describe("a run of updates", () => {
  it("goes batch by batch, in the order in which they were chosen", () => {
    const run = begun("a", "b", "c", "d", "e");
    noteVersions(run, states({ a: "1" }));
    assert.deepEqual(
      run.updates.slice(0, 2).map(({ fromVersion }) => fromVersion),
      ["1", null],
    );
    const order: string[] = [];
    for (let batch = nextBatch(run, 2); batch.length > 0; batch = nextBatch(run, 2)) {
      order.push(names(batch));
      beginBatch(batch, 5);
      endBatch(run, batch, { failed: new Map([["c:amd64", "broken"]]) }, 7);
    }
    assert.deepEqual(order, ["ab", "cd", "e"]);
    assert.deepEqual(seen(run), ["a Succeeded 1", "b Succeeded 1", "c Failed 1", "d Succeeded 1", "e Succeeded 1"]);
    const [, , failed] = run.updates;
    assert.deepEqual([failed?.message, failed?.startedAt, failed?.endedAt], ["broken", 5, 7]);
  });

  it("counts what an interrupted batch has installed, and begins the rest of it again, one by one", () => {
    const run = begun("a", "b", "c", "d");
    beginBatch(nextBatch(run, 3), 1);
    recover(run, new Map([...states({ a: "2", c: "1" }), ...states({ b: "2" }, false)]), 9);
    assert.deepEqual(seen(run), ["a Succeeded 1", "b NotStarted 1", "c NotStarted 1", "d NotStarted 0"]);
    assert.equal(run.updates[0]?.endedAt, 9);
    assert.equal(names(nextBatch(run, 3)), "b");
  });

  it("counts what was installed with others, though its own turn had not come", () => {
    const run = begun("a", "b");
    assert.equal(names(recover(run, states({ a: "2", b: "1" }), 9)), "a");
    assert.deepEqual(seen(run), ["a Succeeded 0", "b NotStarted 0"]);
  });

  it("takes no fresh updates into a batch with one that was interrupted", () => {
    const run = begun("a", "b", "c");
    Object.assign(run.updates[1] ?? {}, { tries: 1 });
    assert.equal(names(nextBatch(run, 5)), "a");
  });

  it("leaves an update that brings the machine down each time", () => {
    const run = begun("bomb", "b");
    for (let n = 0; n < 3; n++) {
      assert.equal(names(nextBatch(run, 1)), "bomb");
      beginBatch(nextBatch(run, 1), n);
      recover(run, states({}), n);
    }
    assert.deepEqual(seen(run), ["bomb Failed 3", "b NotStarted 0"]);
    assert.match(run.updates[0]?.message ?? "", /went down 3 times/);
  });

  it("gives up what hasn't ended, also a batch that couldn't start, and what the signal kept from its turn", () => {
    const run = begun("a", "b", "c", "d");
    const first = nextBatch(run, 2);
    beginBatch(first, 1);
    endBatch(run, first, { failed: new Map(), untried: new Set(["b:amd64"]) }, 2);
    assert.deepEqual(seen(run), ["a Succeeded 1", "b NotStarted 0", "c NotStarted 0", "d NotStarted 0"]);
    beginBatch(nextBatch(run, 2), 3);
    assert.equal(names(giveUp(run, "Cancelled", "why")), "bcd");
    assert.deepEqual(seen(run), ["a Succeeded 1", "b Cancelled 0", "c Cancelled 0", "d Cancelled 0"]);
    assert.deepEqual(run.updates[1]?.startedAt, null);
  });

  it("makes a report that fits in a frame, however many updates fail with however many words", () => {
    const run = begun(...Array.from({ length: 10_000 }, (_, n) => `package-${n}`));
    const all = nextBatch(run, 10_000);
    endBatch(run, all, { failed: new Map(all.map(({ name }) => [`${name}:amd64`, "x".repeat(100_000)])) }, 1);
    const updates = run.updates.map(({ tries: _, ...update }) => update);
    const report = { packageManager: "apt", updates, rebootPending: false, rebootReasons: [], repairs: [], resumed: 0, logFile: "x" };
    assert.ok(installReport.Check(report));
    assert.ok(JSON.stringify(report).length < 7_000_000);
  });
});

describe("the time in which batches may start", () => {
  it("passes with the clock, and is endless without a limit", () => {
    const clock = testClock();
    const time = timeLeft(clock, { leftMs: 60_000, at: clock.now() });
    clock.advance(20_000);
    assert.equal(time.leftMs(), 40_000);
    assert.deepEqual(time.onDisk(), { leftMs: 40_000, at: clock.now() });
    const endless = timeLeft(clock, { leftMs: null, at: clock.now() });
    assert.equal(endless.leftMs(), Number.POSITIVE_INFINITY);
    assert.equal(endless.onDisk().leftMs, null);
  });

  it("goes on passing while the machine is down", () => {
    const clock = testClock();
    const { onDisk } = timeLeft(clock, { leftMs: 60_000, at: clock.now() });
    const written = onDisk();
    clock.advance(45_000);
    assert.equal(timeLeft(clock, written).leftMs(), 15_000);
    clock.advance(45_000);
    assert.ok(timeLeft(clock, written).leftMs() <= 0);
  });

  it("isn't made longer by a clock that is set back by a day, before or after a restart, and is over when it is set forward", () => {
    const clock = testClock();
    const time = timeLeft(clock, { leftMs: 60_000, at: clock.now() });
    clock.advance(10_000);
    clock.setWallClock(clock.now() - 86_400_000);
    assert.equal(time.leftMs(), 50_000);
    const written = time.onDisk();
    clock.setWallClock(clock.now() - 86_400_000);
    assert.equal(timeLeft(clock, written).leftMs(), 0); // nobody knows how long it was away
    clock.setWallClock(clock.now() + 3 * 86_400_000);
    assert.ok(time.leftMs() <= 0);
    assert.ok(timeLeft(clock, written).leftMs() <= 0);
  });

  it("passes while a machine sleeps, when its monotonic clock stands still", () => {
    const clock = testClock();
    const time = timeLeft(clock, { leftMs: 60_000, at: clock.now() });
    clock.setWallClock(clock.now() + 70_000);
    assert.ok(time.leftMs() <= 0);
  });
});
