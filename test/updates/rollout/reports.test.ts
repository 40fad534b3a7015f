import assert from "node:assert/strict";
import { installed, planned, type World, world } from "./world.ts";

/** A machine's report is its own word: it says no more than it says. */
describe("a report that differs from what was planned", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  it("hides nothing that was never installed behind updates that nobody has asked for", async () => {
    const expected = { p50: 300 * 60_000, p95: 400 * 60_000, basis: "update", samples: 9 } as const;
    w.scripts.set("a", { install: () => ({ updates: [installed("bash"), installed("x1"), installed("x2")] }) });
    await w.deploy(["a"], { updates: [planned("bash"), planned("openssl", { expected }), planned("linux-image", { expected })] });
    await w.rollout.begin(w.call(), "a");
    await w.rollout.install(w.call(), "a");
    const { status, message } = await w.rollout.finish(w.call(), "a", {});
    assert.deepEqual([status, message], ["MaintenanceWindowExceeded", "3 installed; the window was too short for 2 more updates"]);
  });

  it("isn't a success in another version, neither for the runbook nor in the machine's history", async () => {
    w.scripts.set("a", { install: () => ({ updates: [{ ...installed("bash"), version: "0.9" }] }) });
    await w.deploy(["a"]);
    await w.rollout.begin(w.call(), "a");
    const answer = await w.rollout.install(w.call(), "a");
    assert.ok("end" in answer);
    assert.deepEqual([answer.end, answer.succeeded, answer.failed], ["reported", 0, 1]);
    const { status, message, deployment } = await w.rollout.finish(w.call(), "a", {});
    assert.deepEqual([status, deployment], ["Failed", "halted"]);
    assert.equal(message, "1 of 1 update failed: bash: it was to be 1.1, and the machine says 0.9");
  });
});
