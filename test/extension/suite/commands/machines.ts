import assert from "node:assert/strict";
import { does, failsAt, rowOf, rowsOf } from "../person.ts";
import { pageShown } from "./jobs.ts";
import type { Stage } from "./stage.ts";

const VIEW = "runwright.machines";

export const MACHINES = {
  async "runwright.openMachine"() {
    const [scope] = await rowsOf(VIEW);
    await does("runwright.openMachine", [await rowOf(VIEW, "web2", scope)]);
    await pageShown(/bash/);
    await does("runwright.openMachine", [], { pick: "web3" });
    await pageShown(/web3/);
  },
  async "runwright.assessMachine"() {
    await does("runwright.assessMachine", ["web3"]);
    assert.match(await failsAt("runwright.assessMachine", ["nobody"]), /nobody/);
  },
  async "runwright.groupMachines"({ world }: Stage) {
    const { items } = await world.api("GET", "/machines");
    await world.api("PUT", `/machines/${items[0].name}/tags`, { role: "web" }).catch(() => {});
    await does("runwright.groupMachines", [], { pick: "Not at all" });
    assert.deepEqual(
      (await rowsOf(VIEW)).map(({ label }) => label),
      ["web1", "web2", "web3"],
    );
    await does("runwright.groupMachines", [], { pick: "By scope" });
    assert.equal((await rowsOf(VIEW)).length, 1);
  },
  async "runwright.filterMachines"() {
    await does("runwright.filterMachines", [], { write: "name=web2" });
    const [scope] = await rowsOf(VIEW);
    assert.deepEqual(
      (await rowsOf(VIEW, scope)).map(({ label }) => label),
      ["web2"],
    );
    assert.match(await failsAt("runwright.filterMachines", [], { write: "name~~" }), /./);
    await does("runwright.filterMachines", [], { write: "" });
  },
};
