import assert from "node:assert/strict";
import { type World, world } from "./world.ts";

/** A runbook may call `begin` and not wait for its answer. */
describe("the look at what has drifted", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  /** Holds the first look back until it is let on. */
  function heldLook() {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { assess } = w.parts.machines;
    let isFirst = true;
    w.parts.machines.assess = async (...args) => {
      if (isFirst) {
        isFirst = false;
        begun.resolve();
        await promise;
      }
      return assess(...args);
    };
    return { letOn: resolve, begun: begun.promise };
  }

  it("comes before every other step, also for a runbook that doesn't wait for its answer", async () => {
    await w.deploy(["a"], { spec: { hooks: [{ at: "beforeMachine", command: ["/bin/drain"] }] } });
    w.scripts.set("a", { offered: "1.2" });
    const look = heldLook();
    const begun = w.rollout.begin(w.call(), "a");
    await look.begun;
    const early = { code: "CONFLICT", message: /a is still looking what it is offered: wait until begin\(\) has answered/ };
    await assert.rejects(w.rollout.install(w.call(), "a"), early);
    await assert.rejects(w.rollout.askReboot(w.call(), "a"), early);
    await assert.rejects(w.rollout.hook({ ...w.call(), depth: 0 }, 0, "a"), early);
    look.letOn();
    const answer = await begun;
    assert.ok(!answer.go && !answer.again && answer.status === "PlanDrift");
    assert.deepEqual(w.asked, ["assess a"]);
  });

  it("that comes late takes nothing back from a machine that installs by what an earlier one has found", async () => {
    await w.deploy(["a"]);
    const look = heldLook();
    const late = w.rollout.begin(w.call(), "a");
    await look.begun;
    assert.ok((await w.rollout.begin(w.call(), "a")).go);
    await w.rollout.install(w.call(), "a");
    w.scripts.set("a", { offered: "1.2" });
    look.letOn();
    assert.ok((await late).go);
    assert.equal((await w.machine("a")).status, "InProgress");
    assert.equal((await w.store.read.deployments.locks(["a"])).length, 1);
  });

  it("changes nothing any more when the machine's turn has ended meanwhile", async () => {
    await w.deploy(["a"]);
    w.scripts.set("a", { offered: "1.2" });
    const look = heldLook();
    const begun = w.rollout.begin(w.call(), "a");
    await look.begun;
    await w.rollout.end(w.call(), { gate: "enough" });
    look.letOn();
    const answer = await begun;
    assert.ok(!answer.go && !answer.again);
    assert.deepEqual([answer.status, answer.message, (await w.machine("a")).status], ["SkippedByGate", "enough", "SkippedByGate"]);
  });
});
