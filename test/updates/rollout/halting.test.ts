import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { createSteering } from "../../../engine/updates/deployments/steering.ts";
import { installed, type World, world } from "./world.ts";

describe("a rollout that has to halt", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());
  const sent = () => w.asked.filter((one) => one.startsWith("install "));
  const goOn = () =>
    createSteering({ store: w.store, clock: w.clock, freezes: { at: async () => undefined, all: async () => [] } }).continue({
      ...{ deploymentId: "dpl_1", by: "ada", reason: "known" },
      also() {},
    });
  const begin = async (...ids: string[]) => {
    for (const id of ids) assert.ok((await w.rollout.begin(w.call(), id)).go, id);
  };

  it("installs on no machine any more, also on none that has begun, until somebody continues", async () => {
    await w.deploy(["a"]);
    await begin("a");
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "halted", reason: "halted by ada" }));
    const held = await w.rollout.install(w.call(), "a");
    assert.ok("again" in held && held.halted, JSON.stringify(held));
    assert.deepEqual([sent(), (await w.machine("a")).installCommand], [[], null]);
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "running", reason: "" }));
    assert.equal(await w.installEnds(w.call(), "a"), "reported");
  });

  it("asks again for what was sent before, and takes its report", async () => {
    await w.deploy(["a"]);
    await begin("a");
    const call = w.call();
    assert.equal(await w.installEnds(call, "a"), "reported");
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "halted", reason: "halted by ada" }));
    assert.equal(await w.installEnds(call, "a"), "reported");
  });

  it("ends a turn that waits for it when the window closes", async () => {
    await w.deploy(["a"]);
    await begin("a");
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "halted", reason: "halted by ada" }));
    w.clock.advance({ hours: 2 });
    assert.equal(await w.installEnds(w.call(), "a"), "none");
    assert.equal((await w.rollout.finish(w.call(), "a", {})).status, "MaintenanceWindowExceeded");
  });

  it("counts a machine whose install has failed before the runbook ends its turn", async () => {
    const ids = ["a", "b", "c"];
    for (const id of ids) w.scripts.set(id, { install: () => ({ updates: [installed("bash", "Failed", "broken")] }) });
    await w.deploy(ids, { allowedFailures: 1 });
    await begin(...ids);
    assert.equal(await w.installEnds(w.call(), "a"), "reported");
    assert.equal(await w.installEnds(w.call(), "b"), "reported");
    assert.match(await w.installEnds(w.call(), "c"), /the rollout is halted/);
    assert.deepEqual([sent().length, (await w.deployment()).status, (await w.deployment()).reason], [2, "halted", "2 machines have failed, 1 may"]);
    // Each machine counts once.
    await w.rollout.finish(w.call(), "a", {});
    assert.equal((await w.rollout.finish(w.call(), "b", {})).failed, 2);
  });

  it("goes on when somebody continues in spite of what has failed, and halts again with the next failure", async () => {
    const ids = ["a", "b", "c", "d", "e"];
    for (const id of ["a", "b", "d"]) w.scripts.set(id, { install: () => ({ updates: [installed("bash", "Failed", "broken")] }) });
    await w.deploy(ids, { allowedFailures: 1 });
    const turn = async (id: string) => {
      await begin(id);
      await w.installEnds(w.call(), id);
      return (await w.rollout.finish(w.call(), id, {})).deployment;
    };
    assert.deepEqual([await turn("a"), await turn("b")], ["running", "halted"]);
    await goOn();
    assert.deepEqual([await turn("c"), await turn("d")], ["running", "halted"]);
    assert.equal((await w.deployment()).reason, "3 machines have failed, 1 may, and 2 had when it was continued");
    await goOn();
    assert.equal(await turn("e"), "running");
  });

  it("goes on when somebody continues in spite of a failure that has not ended its turn, or of a reboot that isn't proven", async () => {
    w.scripts.set("a", { install: () => ({ updates: [installed("bash", "Failed", "broken")] }) });
    const lost = () => {
      throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
    };
    w.scripts.set("b", { install: () => ({ rebootPending: true }), reboot: lost });
    await w.deploy(["a", "b", "c"]);
    await begin("a", "b", "c");
    await w.installEnds(w.call(), "a");
    assert.match(await w.installEnds(w.call(), "b"), /the rollout is halted/);
    await goOn();
    assert.equal(await w.installEnds(w.call(), "b"), "reported");
    assert.equal((await w.rollout.finish(w.call(), "a", {})).deployment, "running");
    const permit = await w.rollout.askReboot(w.call(), "b");
    assert.ok(permit.go);
    await w.rollout.reboot(w.call(), "b", permit.fence);
    const call = w.call();
    assert.equal((await w.rollout.finish(call, "b", {})).deployment, "halted");
    await goOn();
    assert.equal((await w.rollout.finish(call, "b", {})).deployment, "running", "asked again after a crash");
    assert.equal(await w.installEnds(w.call(), "c"), "reported");
  });

  it("counts machines that fail before their install: lost, or unable to look what they are offered", async () => {
    const ids = ["a", "b", "c"];
    const errors = { a: new RunwrightError("EXEC_FAILED", "apt is broken"), b: new RunwrightError("AGENT_OFFLINE", "b is offline") };
    for (const [id, error] of Object.entries(errors))
      w.scripts.set(id, {
        assess() {
          throw error;
        },
      });
    await w.deploy(ids, { allowedFailures: 1 });
    await w.rollout.begin(w.call(), "a");
    assert.equal((await w.deployment()).status, "running");
    await w.rollout.begin(w.call(), "b");
    assert.deepEqual([(await w.deployment()).status, (await w.deployment()).reason], ["halted", "2 machines have failed, 1 may"]);
    const held = await w.rollout.begin(w.call(), "c");
    assert.ok(!held.go && held.again && held.halted);
  });
});
