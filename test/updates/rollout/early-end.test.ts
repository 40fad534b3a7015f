import assert from "node:assert/strict";
import type { MaintenanceWindowSpec } from "../../../engine/core/deploy/spec.ts";
import { type World, world } from "./world.ts";

/** A job may end, or a runbook may leave steps out: what a machine is called is what was done to it, not what was asked for. */
describe("a machine whose turn ends before all that was wanted was done", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  const begin = async (spec: Partial<MaintenanceWindowSpec>, { updates, pending = true }: { updates?: []; pending?: boolean } = {}) => {
    w.scripts.set("a", { install: () => ({ rebootPending: pending }) });
    await w.deploy(["a"], { spec, ...(updates ? { updates } : {}) });
    await w.rollout.begin(w.call(), "a");
    await w.rollout.install(w.call(), "a");
  };
  const told = async () => {
    const { status, message } = await w.machine("a");
    return [status, message];
  };
  const healthCheck = { command: ["/bin/healthy"] };
  const finish = () => w.rollout.finish(w.call(), "a", {});
  const end = () => w.rollout.end(w.call(), { failed: "its job was stopped" });

  for (const [how, act] of [
    ["its job has ended", end],
    ["its runbook never asked for the reboot", finish],
  ] as const) {
    it(`has a reboot pending, and says so, when ${how}`, async () => {
      await begin({});
      await act();
      assert.deepEqual(await told(), ["SucceededWithWarnings", "a reboot is still pending"]);
    });

    it(`isn't done when the window wants it rebooted and ${how}`, async () => {
      await begin({ reboot: "always" }, { pending: false });
      await act();
      assert.deepEqual(await told(), ["Cancelled", "1 update installed; it wasn't rebooted, which the window wants"]);
    });
  }

  it("says that no time was left for a reboot that the window wants", async () => {
    await begin({ reboot: "always" });
    w.clock.advance({ hours: 2 });
    await finish();
    assert.deepEqual(await told(), ["MaintenanceWindowExceeded", "1 update installed; it wasn't rebooted, which the window wants"]);
  });

  it("isn't done when a reboot is all that was wanted", async () => {
    await begin({ reboot: "only" }, { updates: [] });
    await finish();
    assert.deepEqual(await told(), ["Cancelled", "nothing was to be installed; it wasn't rebooted, which the window wants"]);
    assert.equal((await w.rollout.end(w.call(), {})).status, "failed", "not all that was planned was done");
  });

  it("says that its health check never ran", async () => {
    await begin({ healthCheck }, { pending: false });
    await end();
    assert.deepEqual(await told(), ["SucceededWithWarnings", "its health check never ran"]);
    assert.ok(!w.asked.some((one) => one.startsWith("health")));
  });

  it("is done when the health check has passed, and when a boot that nobody asked for has done what was pending", async () => {
    await begin({ healthCheck });
    w.scripts.set("a", {});
    await w.reboots("a", "boot-5");
    await w.rollout.askReboot(w.call(), "a");
    await finish();
    assert.deepEqual(await told(), ["SucceededWithWarnings", "it has rebooted without being asked to"]);
  });

  it("hasn't begun when only a hook has run well", async () => {
    await w.deploy(["a"], { spec: { hooks: [{ at: "beforeMachine", command: ["/bin/drain"] }] } });
    await w.rollout.begin(w.call(), "a");
    await w.rollout.hook({ ...w.call(), depth: 0 }, 0, "a");
    await end();
    assert.deepEqual(await told(), ["Cancelled", "its job was stopped"]);
  });
});
