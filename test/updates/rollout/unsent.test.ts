import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { createSteering } from "../../../engine/updates/deployments/steering.ts";
import { HOUR, type World, world } from "./world.ts";

describe("a rollout whose engine dies after it has decided, and before the command is stored", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    w.scripts.set("a", { install: () => ({ rebootPending: true }) });
    await w.deploy(["a"]);
    assert.ok((await w.rollout.begin(w.call(), "a")).go);
  });
  afterEach(() => w.stop());
  const changes = () => w.asked.filter((one) => /^(install|reboot) /.test(one));
  const steering = () => createSteering({ store: w.store, clock: w.clock, freezes: { at: async () => undefined, all: async () => [] } });
  const word = { deploymentId: "dpl_1", by: "ada", reason: "stop", also() {} };

  /** The engine dies in it. */
  async function dies(step: "install" | "reboot", act: () => Promise<unknown>): Promise<void> {
    const real = w.parts.machines[step];
    const gone = async () => {
      throw new Error("the engine is gone");
    };
    Object.assign(w.parts.machines, { [step]: gone });
    await assert.rejects(act(), { message: "the engine is gone" });
    Object.assign(w.parts.machines, { [step]: real });
  }
  async function decided() {
    const call = w.call();
    await dies("install", () => w.rollout.install(call, "a"));
    assert.notEqual((await w.machine("a")).installCommand, null);
    return call;
  }

  for (const what of ["an abort", "a freeze"])
    it(`installs nothing that ${what} has called off meanwhile`, async () => {
      const call = await decided();
      if (what === "an abort") await steering().abort(word);
      else w.freezing.now = { name: "books", reason: "the books are closed", until: w.clock.now() + HOUR };
      assert.equal(await w.installEnds(call, "a"), "calledOff");
      const { status, installCommand } = await w.machine("a");
      assert.deepEqual([status, installCommand, changes()], [what === "an abort" ? "Cancelled" : "Frozen", null, []]);
    });

  it("installs nothing while it is halted, and what was planned when somebody continues, under whichever call", async () => {
    const call = await decided();
    await steering().halt(word);
    assert.match(await w.installEnds(call, "a"), /the rollout is halted/);
    assert.deepEqual(changes(), []);
    await steering().continue(word);
    assert.equal(await w.installEnds(w.call(), "a"), "reported");
  });

  it("installs what it had decided when nobody has said anything", async () => {
    assert.equal(await w.installEnds(await decided(), "a"), "reported");
  });

  for (const what of ["an abort", "a freeze", "a closed window"])
    it(`makes no reboot that ${what} has called off meanwhile, and keeps nobody else from theirs`, async () => {
      await w.rollout.install(w.call(), "a");
      const permit = await w.rollout.askReboot(w.call(), "a");
      assert.ok(permit.go);
      const call = w.call();
      await dies("reboot", () => w.rollout.reboot(call, "a", permit.fence));
      if (what === "an abort") await steering().abort(word);
      else if (what === "a freeze") w.freezing.now = { name: "books", reason: "the books are closed", until: w.clock.now() + HOUR };
      else w.clock.advance({ hours: 2 });
      assert.equal((await w.rollout.reboot(call, "a", permit.fence)).state, "Required");
      const { rebootState, rebootCommand } = await w.machine("a");
      assert.deepEqual([rebootState, rebootCommand, changes()], ["Required", null, ["install a"]]);
      assert.equal((await w.store.read.deployments.locks(["a"]))[0]?.rebooting, false);
    });
});

describe("a command of a rollout that is refused before it is stored", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    w.scripts.set("a", { install: () => ({ rebootPending: true }) });
    await w.deploy(["a"], { allowedFailures: 5 });
    await w.deploy(["a"], { id: "dpl_2", jobId: "job_2" });
    assert.ok((await w.rollout.begin(w.call(), "a")).go);
  });
  afterEach(() => w.stop());
  const refuse = (step: "install" | "reboot", code: "AGENT_OFFLINE" | "TOO_LARGE") => {
    const real = w.parts.machines[step];
    const refused = async () => {
      throw new RunwrightError(code, "a is away");
    };
    Object.assign(w.parts.machines, { [step]: refused });
    return () => Object.assign(w.parts.machines, { [step]: real });
  };
  const isHeldBy = async () => (await w.store.read.deployments.locks(["a"]))[0]?.deploymentId;

  for (const [code, end, status, message] of [
    ["AGENT_OFFLINE", "lost", "AgentLost", "it wasn't there to take the updates: a is away"],
    ["TOO_LARGE", "failed", "Failed", "nothing could be sent to it: a is away"],
  ] as const)
    it(`holds its machine no longer than its turn: ${code}`, async () => {
      refuse("install", code);
      assert.equal(await w.installEnds(w.call(), "a"), end);
      const done = await w.rollout.finish(w.call(), "a", {});
      assert.deepEqual([done.status, done.message, done.failed, await isHeldBy()], [status, message, 1, undefined]);
      assert.ok((await w.rollout.begin(w.call("dpl_2", "job_2"), "a")).go);
    });

  it("is no reason against the next one", async () => {
    const isBack = refuse("install", "AGENT_OFFLINE");
    const call = w.call();
    await w.rollout.install(call, "a");
    await w.rollout.install(call, "a");
    isBack();
    assert.equal(await w.installEnds(w.call(), "a"), "reported");
    const { status, message } = await w.rollout.finish(w.call(), "a", {});
    assert.deepEqual([status, message], ["SucceededWithWarnings", "a is away; a reboot is still pending"]);
  });

  it("leaves nobody down: a reboot that was never stored", async () => {
    await w.rollout.install(w.call(), "a");
    const permit = await w.rollout.askReboot(w.call(), "a");
    assert.ok(permit.go);
    refuse("reboot", "TOO_LARGE");
    await w.rollout.reboot(w.call(), "a", permit.fence);
    assert.equal((await w.machine("a")).rebootCommand, null);
    await w.rollout.finish(w.call(), "a", {});
    await w.rollout.end(w.call(), {});
    assert.equal(await isHeldBy(), undefined);
  });
});
