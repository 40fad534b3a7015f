import assert from "node:assert/strict";
import type { HostFunction } from "../../engine/sandbox/capabilities/function.ts";
import { createRig, type Rig } from "./rig.ts";

describe("a dry job", function () {
  this.timeout(20_000);
  let rig: Rig;
  const done: unknown[] = [];

  before(async () => {
    const speechless: HostFunction = { op: "machines.select", effect: "write", check: () => undefined, perform: async (args) => void done.push(args) };
    rig = await createRig({ replaced: [speechless] });
  });
  after(() => rig.stop());

  it("ends at a write that can't say what it would have done, and says what it would have been called with", async () => {
    const run = await rig.finish('try { await machines.select("all"); } catch {} output("went on");', {
      attempt: { dry: true },
    });
    assert.equal(run.ending.kind, "failed");
    if (run.ending.kind !== "failed") return;
    assert.equal(run.ending.failureCode, "no_dry_result");
    assert.match(run.ending.error.message, /machines\.select changes something .* a dry run ends here.*"selector":"all"/);
    assert.deepEqual([run.outputs, done], [[], []]);
  });
});
