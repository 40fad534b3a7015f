import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { eventually } from "../support/eventually.ts";
import { type SimulatedWorld, startSimulatedWorld } from "./fleet-under-test.ts";

const MACHINES = 300;

/** The short form of `npm run bench:fleet`: the same way, without figures. */
describe("a herd of machines", function () {
  this.timeout(300_000);
  let world: SimulatedWorld;
  before(async () => {
    world = await startSimulatedWorld({ machines: MACHINES, seed: "herd" });
  });
  after(() => world.stop());

  const numbersStored = () => {
    const database = new DatabaseSync(join(world.directory, "runwright.db"), { readOnly: true });
    const rows = database.prepare(`select "machineId", "sequence" from "assessments" where "current" = 1`).all();
    database.close();
    return new Map(rows.map(({ machineId, sequence }) => [machineId, Number(sequence)]));
  };
  const lost = () => {
    const confirmed = world.fleet.agents.map((agent) => [agent.machineId, agent.taken()] as const);
    const stored = numbersStored();
    return confirmed.filter(([machine, sequence]) => (stored.get(machine) ?? -1) < sequence);
  };
  const allOnline = () => eventually("all are connected", () => world.fleet.figures.now().online === MACHINES, 240_000);

  it("that comes in one moment is let in, and every report that was confirmed is stored", async () => {
    await allOnline();
    await world.reported(240_000);
    assert.deepEqual(lost(), []);
    assert.equal(numbersStored().size, MACHINES);
  });

  it("comes back after the engine was killed, and no report that was confirmed is lost", async () => {
    const before = world.fleet.figures.now().reportsTaken;
    await world.restart();
    await eventually("all have reported to the new engine", () => world.fleet.figures.now().reportsTaken >= before + MACHINES, 240_000);
    await allOnline();
    assert.deepEqual(lost(), []);
    assert.deepEqual(world.fleet.figures.now().errors, []);
  });

  it("is patched in waves within its error budget, and what fails is what was made to fail", async () => {
    const { deployment, machines } = await world.deploy({ selector: "name=sim-000*", waves: "5, 20%, rest", errorBudget: "0" });
    assert.deepEqual([deployment.status, machines.length], ["succeeded", 99], deployment.reason);
    assert.deepEqual([...new Set(machines.map(({ status }) => status))], ["Succeeded"]);
  });
});
