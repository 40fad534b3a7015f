import assert from "node:assert/strict";
import type { Hook } from "../../../engine/core/deploy/spec.ts";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { type World, world } from "./world.ts";

describe("hooks of a rollout", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());
  const deploy = async (...hooks: Hook[]) => {
    await w.deploy(["web1", "web2"], { allowedFailures: 5, spec: { hooks } });
    await w.rollout.begin(w.call(), "web1");
  };
  const hook = (index: number, machine?: string) => w.rollout.hook({ ...w.call(), depth: 0 }, index, machine);
  const finish = () => w.rollout.finish(w.call(), "web1", {});

  it("run on the engine as jobs, or as programs on the machine", async () => {
    await deploy({ at: "before", runbook: "announce" }, { at: "beforeMachine", runbook: "drain" }, { at: "afterInstall", command: ["/bin/drain", "--back"] });
    assert.deepEqual(await hook(0), { ok: true, message: "before, the runbook announce succeeded", consequence: null });
    assert.ok((await hook(1, "web1")).ok);
    assert.ok((await hook(2, "web1")).ok);
    assert.deepEqual(
      w.asked.filter((one) => one.startsWith("hook")),
      [
        'hook announce@3 {"deployment":"dpl_1","window":"nightly","at":"before"}',
        'hook drain@3 {"deployment":"dpl_1","window":"nightly","at":"beforeMachine","machine":"web1"}',
        "hook web1 /bin/drain --back",
      ],
    );
    assert.deepEqual((await w.deployment()).hooks, [
      { at: "before", what: "the runbook announce", ok: true, message: "before, the runbook announce succeeded" },
    ]);
  });

  it("don't run in another version than the one that was planned: one that wasn't published then fails", async () => {
    await w.deploy(["web1"], { spec: { hooks: [{ at: "before", runbook: "announce" }] }, hookVersions: { announce: null } });
    const { ok, message, consequence } = await hook(0);
    assert.deepEqual([ok, message, consequence], [false, "before, the runbook announce: it wasn't published when this was planned", "abort"]);
    assert.deepEqual(w.asked, []);
  });

  it("of a machine run while it has its turn, neither before nor after", async () => {
    await deploy({ at: "beforeMachine", command: ["/bin/drain"] });
    await assert.rejects(hook(0, "web2"), { code: "CONFLICT", message: /web2 is NotStarted in this deployment: its turn hasn't begun, or has ended/ });
    await finish();
    await assert.rejects(hook(0, "web1"), { code: "CONFLICT" });
    assert.deepEqual(
      w.asked.filter((one) => one.startsWith("hook")),
      [],
    );
  });

  it("that fail are counted by their policy: abort, skip the machine, or go on with a warning", async () => {
    w.scripts.set("web1", { exec: () => ({ exitCode: 2, stderr: "no such pool" }) });
    await deploy(
      { at: "beforeMachine", command: ["/bin/drain"] },
      { at: "beforeMachine", command: ["/bin/drain"], onFailure: "continue" },
      { at: "beforeMachine", command: ["/bin/drain"], onFailure: "abort" },
    );
    assert.deepEqual(await hook(1, "web1"), {
      ok: false,
      message: "beforeMachine, the program /bin/drain ended with 2: no such pool",
      consequence: "continue",
    });
    assert.equal((await w.deployment()).status, "running");
    assert.equal((await hook(0, "web1")).consequence, "skipMachine");
    assert.equal((await w.deployment()).status, "running");
    assert.equal((await hook(2, "web1")).consequence, "abort");
    assert.equal((await w.deployment()).status, "aborting");
    const done = await finish();
    assert.equal(done.status, "Failed");
    assert.match(done.message, /no such pool/);
    const never = await w.rollout.begin(w.call(), "web2");
    assert.ok(!never.go && !never.again && never.over);
  });

  it("that go on with a warning make it a success with warnings", async () => {
    w.scripts.set("web1", { exec: () => ({ exitCode: 2 }) });
    await deploy({ at: "afterInstall", command: ["/bin/tell"], onFailure: "continue" });
    await w.rollout.install(w.call(), "web1");
    await hook(0, "web1");
    assert.equal((await finish()).status, "SucceededWithWarnings");
  });

  it("that hang are stopped when their time is over, and have failed", async () => {
    await deploy({ at: "before", runbook: "hangs", timeout: "20ms" });
    const outcome = await hook(0);
    assert.deepEqual([outcome.ok, outcome.consequence], [false, "abort"]);
    assert.match(outcome.message, /took longer than 0 s, and was stopped/);
    assert.ok(w.asked.includes("stop job_hangs"));
  });

  it("whose job fails have failed, with its words", async () => {
    await deploy({ at: "after", runbook: "fails" });
    assert.deepEqual(await hook(0), { ok: false, message: "after, the runbook fails: the job job_fails has failed: it broke", consequence: "continue" });
  });

  it("that reboot the machine under themselves have failed, and the boot is noticed", async () => {
    await deploy({ at: "afterInstall", command: ["reboot"], onFailure: "continue" });
    await w.rollout.install(w.call(), "web1");
    w.scripts.set("web1", {
      exec() {
        throw new RunwrightError("COMMAND_INTERRUPTED", "the machine went down while it ran");
      },
    });
    assert.match((await hook(0, "web1")).message, /went down while it ran/);
    await w.reboots("web1", "boot-5");
    await w.rollout.askReboot(w.call(), "web1");
    const { status, message } = await finish();
    assert.equal(status, "SucceededWithWarnings");
    assert.match(message, /went down while it ran; it has rebooted without being asked to/);
  });

  const ran = () => w.asked.filter((one) => one.startsWith("hook"));
  const stops: [string, () => unknown, string, string][] = [
    ["the window has closed", () => w.clock.advance({ hours: 2 }), "MaintenanceWindowExceeded", "the window closed before its updates began"],
    ["a freeze has begun", () => Object.assign(w.freezing, { now: { name: "f", reason: "frozen", until: w.clock.now() + 1 } }), "Frozen", "frozen"],
    [
      "somebody has aborted it",
      () => w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "aborting", reason: "aborted by ada" })),
      "Cancelled",
      "aborted by ada",
    ],
  ];
  for (const [when, stop, status, message] of stops)
    it(`prepare no machine once ${when}: it is set aside, and its hooks don't run`, async () => {
      await deploy({ at: "beforeMachine", command: ["/bin/drain"] });
      await stop();
      assert.deepEqual(await hook(0, "web1"), { ok: false, message, consequence: "skipMachine" });
      assert.deepEqual(ran(), []);
      const done = await finish();
      assert.deepEqual([done.status, done.message, done.failed], [status, message, 0]);
      assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
    });

  it("clean up after an install also when the window has closed", async () => {
    await deploy({ at: "afterInstall", command: ["/bin/undrain"] });
    await w.rollout.install(w.call(), "web1");
    w.clock.advance({ hours: 3 });
    assert.ok((await hook(0, "web1")).ok);
    assert.deepEqual(ran(), ["hook web1 /bin/undrain"]);
  });

  it("run once for each machine, whoever asks again is told what became of it", async () => {
    w.scripts.set("web1", { exec: () => ({ exitCode: 2, stderr: "no such pool" }) });
    await deploy({ at: "beforeMachine", command: ["/bin/drain"], onFailure: "continue" }, { at: "beforeMachine", command: ["/bin/drain"] });
    const first = await hook(0, "web1");
    assert.deepEqual(await hook(0, "web1"), first);
    assert.equal(first.consequence, "continue");
    assert.equal(ran().length, 1);
    await hook(1, "web1");
    assert.equal(ran().length, 2, "another one, though it looks the same");
  });

  it("run once also when they are asked for twice at the same moment, and go on when asked again after a crash", async () => {
    await deploy({ at: "beforeMachine", command: ["/bin/drain"] });
    const { promise, resolve } = Promise.withResolvers<void>();
    const { exec } = w.parts.machines;
    const begun = Promise.withResolvers<void>();
    w.parts.machines.exec = async (...args) => {
      begun.resolve();
      await promise;
      return exec(...args);
    };
    const call = { ...w.call(), depth: 0 };
    const first = w.rollout.hook(call, 0, "web1");
    await begun.promise;
    await assert.rejects(hook(0, "web1"), { code: "CONFLICT", message: /the hook beforeMachine, the program \/bin\/drain runs on web1 already/ });
    const again = w.rollout.hook({ ...call, id: { ...call.id, retry: 1 } }, 0, "web1");
    resolve();
    assert.ok((await first).ok && (await again).ok);
  });

  it("are those of the window, in their places: others are refused", async () => {
    await deploy({ at: "before", runbook: "announce" }, { at: "before", command: ["/bin/true"] });
    await assert.rejects(hook(0, "web1"), { code: "BAD_REQUEST" });
    await assert.rejects(hook(7), { code: "NOT_FOUND" });
    assert.equal((await hook(1)).ok, false, "once for a deployment only runbooks run");
  });
});
