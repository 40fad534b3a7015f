import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { type World, world } from "./world.ts";

describe("what a machine says of its install when its turn is over", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    w.scripts.set("a", {
      install() {
        throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
      },
    });
    await w.deploy(["a"], { allowedFailures: 5 });
    await w.rollout.begin(w.call(), "a");
    await w.rollout.install(w.call(), "a");
  });
  afterEach(() => w.stop());
  const chosen = { updates: [{ name: "bash", architecture: "amd64", version: "1.1" }] };
  const command = async () => (await w.machine("a")).installCommand ?? "";
  const failed = (code: string) => ({ status: "failed" as const, error: { code, message: "the disk is full" } });

  it("counts also when it has failed", async () => {
    await w.rollout.finish(w.call(), "a", {});
    w.clock.advance({ minutes: 5 });
    await w.end(await command(), "a", failed("DISK_FULL"), chosen);
    const { status, message } = await w.machine("a");
    assert.deepEqual(
      [status, message],
      ["Failed", "1 of 1 update failed: bash: DISK_FULL: the disk is full; reported 5 min late, it had counted as MaintenanceWindowExceeded"],
    );
  });

  it("counts whatever had been assumed of it", async () => {
    await w.rollout.finish(w.call(), "a", {});
    await w.store.write(async (tx) => tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "a" }, { status: "Cancelled", message: "called off" }));
    await w.lateReport(await command(), "a");
    assert.equal((await w.machine("a")).status, "SucceededWithWarnings");
  });

  it("is written down once, however often it is sent", async () => {
    await w.rollout.finish(w.call(), "a", {});
    await w.end(await command(), "a", failed("DISK_FULL"), chosen);
    const { message } = await w.machine("a");
    w.clock.advance({ minutes: 5 });
    await w.end(await command(), "a", failed("DISK_FULL"), chosen);
    assert.equal((await w.machine("a")).message, message);
  });

  it("isn't taken from an engine that only stops waiting, nor before the turn has ended", async () => {
    await w.end(await command(), "a", failed("DISK_FULL"), chosen);
    assert.equal((await w.machine("a")).status, "InProgress");
    await w.rollout.finish(w.call(), "a", {});
    const { message } = await w.machine("a");
    const expired = { status: "expired" as const, error: { code: "COMMAND_EXPIRED", message: "no result came in time" } };
    await w.end(await command(), "a", expired, chosen);
    assert.equal((await w.machine("a")).message, message);
  });
});
