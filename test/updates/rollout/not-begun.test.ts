import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { type World, world } from "./world.ts";

describe("a reboot that wasn't begun", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  for (const [code, how] of [
    ["PACKAGE_MANAGER_BUSY", "a reboot would have interrupted somebody"],
    ["AGENT_REFUSED", "the machine's owner forbids it"],
    ["AGENT_OFFLINE", "the machine wasn't there to be told"],
  ] as const)
    it(`stays pending, halts nothing and leaves nobody down: ${how}`, async () => {
      const reboot = () => {
        throw new RunwrightError(code, how);
      };
      w.scripts.set("a", { install: () => ({ rebootPending: true }), reboot });
      await w.deploy(["a"]);
      await w.rollout.begin(w.call(), "a");
      await w.rollout.install(w.call(), "a");
      const permit = await w.rollout.askReboot(w.call(), "a");
      assert.ok(permit.go);
      const call = w.call();
      const { state, message } = await w.rollout.reboot(call, "a", permit.fence);
      assert.deepEqual([state, message], ["Required", `it isn't rebooted: ${how}`]);
      assert.equal((await w.store.read.deployments.locks(["a"]))[0]?.rebooting, false);
      assert.equal((await w.rollout.reboot(call, "a", permit.fence)).state, "Required", "asked again after a crash");
      const done = await w.rollout.finish(w.call(), "a", {});
      assert.deepEqual([done.status, done.message, done.deployment], ["SucceededWithWarnings", "a reboot is still pending", "running"]);
    });

  it("isn't what nobody knows of: one that was sent, and of whose machine nothing was heard", async () => {
    const reboot = () => {
      throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
    };
    w.scripts.set("a", { install: () => ({ rebootPending: true }), reboot });
    await w.deploy(["a"]);
    await w.rollout.begin(w.call(), "a");
    await w.rollout.install(w.call(), "a");
    const permit = await w.rollout.askReboot(w.call(), "a");
    assert.ok(permit.go);
    assert.equal((await w.rollout.reboot(w.call(), "a", permit.fence)).state, "Unverified");
    assert.equal((await w.rollout.finish(w.call(), "a", {})).deployment, "halted");
  });
});
