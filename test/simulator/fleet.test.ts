import assert from "node:assert/strict";
import type { Machine } from "../../engine/protocol/http/machines.ts";
import { SHAPE, type SimulatedWorld, startSimulatedWorld } from "./fleet-under-test.ts";

const MACHINES = 50;

describe("a simulated fleet", function () {
  this.timeout(180_000);
  let world: SimulatedWorld;
  before(async () => {
    world = await startSimulatedWorld({ machines: MACHINES });
  });
  after(() => world.stop());

  it("joins, connects and reports as real machines do", async () => {
    await world.reported();
    const { items } = await world.demand<{ items: Machine[] }>("GET", `/machines?limit=${MACHINES}`);
    assert.equal(items.length, MACHINES);
    for (const { name, state, assessment } of items) {
      assert.deepEqual([state, assessment?.compliance, assessment?.installedCount, assessment?.problems], ["online", "noncompliant", SHAPE.packages, []], name);
      assert.equal(assessment?.verdicts.approved, SHAPE.missing, name);
    }
  });

  it("is patched in waves by a deployment, and reboots where an update asks for it", async () => {
    await world.reported();
    const { deployment, machines } = await world.deploy({ selector: "name=sim-0000*", waves: "1, rest", errorBudget: "0" });
    assert.deepEqual([deployment.status, machines.length], ["succeeded", 9], deployment.reason);
    for (const machine of machines) {
      assert.equal(machine.status, "Succeeded", machine.message);
      if (machine.reboot === "expected")
        assert.deepEqual([machine.rebootState, machine.bootIdBefore === machine.bootIdAfter], ["Completed", false], machine.name);
    }
    assert.deepEqual(world.fleet.figures.now().errors, []);
  });
});
