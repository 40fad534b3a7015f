import assert from "node:assert/strict";
import { RunwrightError } from "../../engine/core/errors.ts";
import type { StreamEntry } from "../../engine/core/job.ts";
import type { RecordedCall } from "../../engine/core/journal.ts";
import { crashedAfter, createRig, emptyJob, failureOf, type KeptJob, memoryJournal, type Rig, type RunOptions } from "./rig.ts";

/** Concurrent calls, randomness, time, a failure that is handled, and what is decided from all of them. */
const WORK = `
log("begin", { at: Date.now(), random: Math.random() });
const values = await Promise.all(["a", "b", "c"].map(async (name) => { const value = await variables.get(name); log("got " + name + " at " + new Date().toISOString()); return value; }));
output(values);
const [machine] = await machines.select("all");
const first = await machine.exec(["first"]);
log("said: " + first.stdout, { id: crypto.randomUUID() });
try { await variables.get("gone"); } catch (error) { log("handled " + error.code + " at " + Temporal.Now.instant().toString()); }
const token = await secrets.get("token");
await machine.exec(["use", token]);
for (let i = 0; i < 3; i++) { await sleep(i + 1); progress(i / 3, String(Math.random())); }
output({ end: Date.now() });
`;
const OPTIONS: RunOptions = {
  permissions: { variables: ["a", "b", "c", "gone"], machines: { select: "all", actions: ["exec"] }, secrets: ["token"] },
};

describe("replay", () => {
  let rig: Rig;
  before(() => {
    rig = createRig();
    for (const name of ["a", "b", "c"]) rig.ports.assets.variables.set(name, `value of ${name}`);
    rig.ports.assets.secrets.set("token", ["correct horse battery"]);
    rig.ports.fleet.machines.push({ id: "mch_1", name: "m1", scope: "/", state: "online", tags: {}, facts: null });
  });
  after(() => rig.stop());

  const withoutTimes = (entries: readonly StreamEntry[]) => entries.map(({ at: _, ...entry }) => entry);

  /** The last record isn't as it was written, which shows when it is proven: its outcome, which proves it too, isn't asked for in time. */
  function damaged(recorded: readonly RecordedCall[]): RecordedCall[] {
    const last = recorded.length;
    return recorded.map((call) => {
      if (call.settlement?.order !== last) return call;
      const prove = () => {
        throw new RunwrightError("DATABASE_DAMAGED", `call ${call.call} isn't as it was written`);
      };
      return { ...call, settlement: { ...call.settlement, prove } };
    });
  }

  for (const [what, again] of [
    ["returns before it would have seen it", "await all[0];"],
    ["makes other calls before", 'await all[0]; await variables.get("b");'],
  ] as const) {
    it(`says that its journal is damaged, not that the runbook has changed, when the runbook ${what}`, async () => {
      const all = 'const all = Array.from({ length: 200 }, () => variables.get("a"));';
      const first = await rig.finish(`${all} await Promise.all(all); await variables.get("c");`, OPTIONS);
      assert.equal(first.ending.kind, "completed");
      const { ending } = await rig.finish(`${all} ${again}`, { ...OPTIONS, kept: { ...emptyJob(), recorded: damaged(first.kept.recorded) } });
      assert.deepEqual([failureOf(ending).failureCode, failureOf(ending).error.message], ["damaged", "call 201 isn't as it was written"]);
    });
  }

  it("brings a job from each point at which it may have crashed to the same end", async () => {
    const whole = await rig.finish(WORK, OPTIONS);
    assert.equal(whole.ending.kind, "completed", JSON.stringify(whole.ending));
    const settlements = whole.kept.recorded.filter(({ settlement }) => settlement !== undefined).length;
    assert.ok(settlements >= 10, `${settlements}`);
    for (let crash = 0; crash <= settlements; crash++) {
      const kept = crashedAfter(whole.kept, crash);
      const before = structuredClone(kept);
      const again = await rig.finish(WORK, { ...OPTIONS, kept });
      assert.equal(again.ending.kind, "completed", `after ${crash}: ${JSON.stringify(again.ending)}`);
      // What was written is kept as it was and isn't written again; what was recorded isn't recorded again.
      assert.deepEqual(again.kept.entries.slice(0, before.entries.length), before.entries, `after ${crash}`);
      assert.deepEqual(again.kept.recorded.slice(0, before.recorded.length), before.recorded, `after ${crash}`);
      // The journal's clock ticks with each outcome: everything that shows time or chance is the same as without a crash.
      assert.deepEqual(withoutTimes(again.kept.entries), withoutTimes(whole.kept.entries), `after ${crash}`);
    }
  });

  it("does nothing at all when everything was recorded", async () => {
    const { kept } = await rig.finish(WORK, OPTIONS);
    const executed = rig.ports.fleet.executed.length;
    const again = await rig.finish(WORK, { ...OPTIONS, kept: structuredClone(kept) });
    assert.equal(again.ending.kind, "completed");
    assert.equal(rig.ports.fleet.executed.length, executed);
    assert.deepEqual(again.kept, { ...kept, issued: again.kept.issued });
  });

  it("delivers outcomes in the order in which they were settled, whatever the order of the calls", async () => {
    const body = `const order = []; await Promise.all([900, 300, 600].map((ms) => sleep(ms).then(() => order.push(ms)))); output(order);`;
    const startedAt = Date.now();
    const live = await rig.finish(body, { attempt: { startedAt } });
    assert.deepEqual(live.outputs, [[300, 600, 900]]);
    const reversed: KeptJob = {
      ...emptyJob(),
      recorded: live.kept.recorded.map((call) => ({ ...call, settlement: call.settlement && { ...call.settlement, order: 4 - call.settlement.order } })),
    };
    const replayed = await rig.finish(body, { kept: reversed, attempt: { startedAt } });
    assert.deepEqual(replayed.outputs, [[900, 600, 300]]);
  });

  it("drains all microtasks between two outcomes, live as in replay", async () => {
    const body = `
      const seen = [];
      const steps = async (name) => { await sleep(name === "a" ? 0 : 1); for (let i = 0; i < 50; i++) { await null; seen.push(name); } };
      await Promise.all([steps("a"), steps("b")]);
      output(seen.join(""));`;
    const live = await rig.finish(body);
    const expected = ["a".repeat(50) + "b".repeat(50)];
    assert.deepEqual(live.outputs, expected);
    const replayed = await rig.finish(body, { kept: { ...emptyJob(), recorded: live.kept.recorded } });
    assert.deepEqual(replayed.outputs, expected);
  });

  it("fails with nondeterminism when a call differs, naming number, both calls and the line", async () => {
    const { kept } = await rig.finish(`await variables.get("a");\nawait variables.get("b");`, OPTIONS);
    const changed = await rig.finish(`await variables.get("a");\nawait variables.get("c");`, { ...OPTIONS, kept });
    const { failureCode, error } = failureOf(changed.ending);
    assert.equal(failureCode, "nondeterminism");
    assert.match(error.message, /call 2 differs/);
    assert.match(error.message, /recorded variables\.get\(\{"name":"b"\}\), now variables\.get\(\{"name":"c"\}\)/);
    assert.match(error.stack ?? "", /runbooks\/subject\.ts:3:\d+/);
  });

  it("fails with nondeterminism when another function is called, or none", async () => {
    const { kept } = await rig.finish(`await variables.get("a"); await sleep(1);`, OPTIONS);
    const other = await rig.finish(`await variables.get("a"); await machines.select("all");`, { ...OPTIONS, kept: structuredClone(kept) });
    assert.equal(failureOf(other.ending).failureCode, "nondeterminism");
    assert.match(failureOf(other.ending).error.message, /recorded sleep\(.*now machines\.select/);
    const fewer = await rig.finish(`await variables.get("a");`, { ...OPTIONS, kept: structuredClone(kept) });
    assert.equal(failureOf(fewer.ending).failureCode, "nondeterminism");
    assert.match(failureOf(fewer.ending).error.message, /call 2/);
  });

  it("can't be left by a call that differs before a new call is performed", async () => {
    const { kept } = await rig.finish(`await variables.get("a");`, OPTIONS);
    const executed = rig.ports.fleet.executed.length;
    const changed = await rig.finish(`await variables.get("b"); const [m] = await machines.select(); await m.exec(["wipe"]);`, { ...OPTIONS, kept });
    assert.equal(failureOf(changed.ending).failureCode, "nondeterminism");
    assert.equal(rig.ports.fleet.executed.length, executed);
  });

  it("commits that a write was issued before it is performed, and asks again under the same id after a crash", async () => {
    const body = `const [m] = await machines.select(); output((await m.exec(["restart"])).stdout);`;
    const seen: number[] = [];
    const kept = emptyJob();
    const journal = memoryJournal(kept);
    const executedBefore = rig.ports.fleet.executed.length;
    const crashing = rig.start(body, {
      ...OPTIONS,
      kept,
      journal: {
        ...journal,
        async issue(call) {
          await journal.issue(call);
          seen.push(rig.ports.fleet.executed.length);
        },
        // The engine dies between doing it and recording the outcome.
        settle: (call, outcome) => (call.effect === "write" ? Promise.reject(new Error("the engine is gone")) : journal.settle(call, outcome)),
      },
    });
    assert.equal((await crashing.run.ended).kind, "lost");
    assert.deepEqual(seen, [executedBefore], "nothing was executed before the row was there");
    assert.deepEqual(kept.recorded.at(-1)?.settlement, undefined);

    const again = await rig.finish(body, { ...OPTIONS, kept });
    assert.equal(again.ending.kind, "completed", JSON.stringify(again.ending));
    const ids = rig.ports.fleet.executed.slice(executedBefore).map(({ id }) => id);
    assert.deepEqual(ids, [
      { jobId: "job_test", call: 2, retry: 0 },
      { jobId: "job_test", call: 2, retry: 0 },
    ]);
    assert.equal(kept.issued.length, 1, "it isn't issued twice");
  });

  it("asks to tag a machine again under the same id after a crash, and not at all when the outcome is known", async () => {
    const options: RunOptions = { permissions: { machines: { select: "all", actions: ["tag"] } } };
    const body = `const [m] = await machines.select(); await m.setTags({ quarantine: "true" }); output("tagged");`;
    const whole = await rig.finish(body, options);
    assert.equal(whole.ending.kind, "completed", JSON.stringify(whole.ending));
    const issued = structuredClone(whole.kept);
    for (const call of issued.recorded) if (call.op === "machines.setTags") delete (call as { settlement?: unknown }).settlement;
    await rig.finish(body, { ...options, kept: issued });
    await rig.finish(body, { ...options, kept: structuredClone(whole.kept) });
    const tagged = rig.ports.fleet.tagged.splice(0);
    assert.deepEqual(
      tagged.map(({ id }) => id),
      [
        { jobId: "job_test", call: 2, retry: 0 },
        { jobId: "job_test", call: 2, retry: 0 },
      ],
    );
  });

  it("performs a read again when a crash left no outcome of it", async () => {
    // Both are over by the time they are asked for, so that the one that was asked for first ends first, however busy the machine is.
    const startedAt = Date.now() - 3_600_000;
    const { kept } = await rig.finish(`await Promise.all([sleep(20), sleep(20)]); output("done");`, { attempt: { startedAt } });
    const crashed = crashedAfter(kept, 1);
    assert.deepEqual(
      crashed.recorded.map(({ call }) => call),
      [1],
    );
    const again = await rig.finish(`await Promise.all([sleep(20), sleep(20)]); output("done");`, { kept: crashed, attempt: { startedAt } });
    assert.equal(again.ending.kind, "completed");
    assert.deepEqual(again.outputs, ["done"]);
  });

  it("doesn't start a sleep again after a crash: it wakes when it would have", async () => {
    const startedAt = Date.now() - 3_600_000;
    const { ending } = await rig.finish(`await sleep("1h"); output("awake");`, { attempt: { startedAt } });
    assert.equal(ending.kind, "completed");
  });

  describe("of secrets", () => {
    const body = `const token = await secrets.get("rotating"); log("using " + token); const [m] = await machines.select(); await m.exec(["login", "--token=" + token]); output(btoa("user:" + token));`;
    const options = { permissions: { secrets: ["rotating"], machines: { select: "all", actions: ["exec" as const] } } };

    it("keeps values out of journal and streams, in each of their forms", async () => {
      rig.ports.assets.secrets.set("rotating", ["hunter2-hunter2"]);
      const { kept, ending, logs } = await rig.finish(body, options);
      assert.equal(ending.kind, "completed");
      const everything = JSON.stringify({ recorded: kept.recorded.filter(({ op }) => op !== "machines.exec"), entries: kept.entries, issued: kept.issued });
      assert.ok(!everything.includes("hunter2"), everything);
      assert.ok(!everything.includes(Buffer.from("user:hunter2-hunter2").toString("base64")), everything);
      assert.deepEqual(logs, ["using ***"]);
      assert.deepEqual(JSON.parse(kept.recorded.find(({ op }) => op === "machines.exec")?.argsJson ?? "null"), {
        machine: "mch_1",
        argv: ["login", "--token=secret:rotating@1"],
        options: {},
      });
      assert.deepEqual(rig.ports.fleet.executed.at(-1)?.argv, ["login", "--token=hunter2-hunter2"]);
    });

    it("keep the version that the job read first, though it was changed meanwhile", async () => {
      rig.ports.assets.secrets.set("rotating", ["first-version"]);
      const { kept } = await rig.finish(body, options);
      rig.ports.assets.secrets.set("rotating", ["first-version", "second-version"]);
      const crashed = crashedAfter(kept, 2);
      const again = await rig.finish(body, { ...options, kept: crashed });
      assert.equal(again.ending.kind, "completed", JSON.stringify(again.ending));
      assert.deepEqual(rig.ports.fleet.executed.at(-1)?.argv, ["login", "--token=first-version"]);
    });

    it("fail with secret_changed when that version is gone", async () => {
      rig.ports.assets.secrets.set("rotating", ["first-version"]);
      const { kept } = await rig.finish(body, options);
      rig.ports.assets.secrets.set("rotating", []);
      const again = await rig.finish(body, { ...options, kept: crashedAfter(kept, 2) });
      assert.equal(failureOf(again.ending).failureCode, "secret_changed");
    });

    it("are masked in errors too", async () => {
      rig.ports.assets.secrets.set("rotating", ["in-an-error"]);
      const { ending } = await rig.finish(`const token = await secrets.get("rotating"); throw new Error("refused: " + token);`, options);
      assert.equal(failureOf(ending).error.message, "refused: ***");
    });
  });

  it("replays a journal of 10,000 calls in little time", async () => {
    const calls = 10_000;
    const body = `let sum = 0; for (let i = 0; i < ${calls}; i++) sum += await variables.get("a"); output(sum);`;
    rig.ports.assets.variables.set("a", 1);
    const first = await rig.finish(`let sum = 0; for (let i = 0; i < 1; i++) sum += await variables.get("a");`, OPTIONS);
    const one = first.kept.recorded[0] as Required<RecordedCall>;
    const recorded = Array.from({ length: calls }, (_, i): RecordedCall => ({ ...one, call: i + 1, settlement: { ...one.settlement, order: i + 1 } }));
    const before = performance.now();
    const { ending, outputs } = await rig.finish(body, { ...OPTIONS, kept: { ...emptyJob(), recorded } });
    const ms = performance.now() - before;
    assert.equal(ending.kind, "completed", JSON.stringify(ending));
    assert.deepEqual(outputs, [calls]);
    assert.ok(ms < 3_000, `${Math.round(ms)} ms; 300 ms on an idle machine`);
    console.log(`        10,000 calls replayed in ${Math.round(ms)} ms`);
  });
});
