import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { aCommand } from "../../contract/rows.ts";
import { HOUR, installed, MINUTE, planned, type World, world } from "./world.ts";

describe("the engine's guards of a rollout", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());
  const begin = (id: string, deployment?: string, job?: string) => w.rollout.begin(w.call(deployment, job), id);
  const patch = async (id: string) => {
    const begun = await begin(id);
    assert.ok(begun.go, JSON.stringify(begun));
    await w.rollout.install(w.call(), id);
    return w.rollout.finish(w.call(), id, {});
  };

  it("let only the job in that the deployment names", async () => {
    await w.deploy(["web1"]);
    for (const step of ["get", "control"] as const) await assert.rejects(w.rollout[step](w.call("dpl_1", "job_other")), { code: "PERMISSION_DENIED" });
    await assert.rejects(begin("web1", "dpl_1", "job_other"), { code: "PERMISSION_DENIED" });
    await assert.rejects(begin("web9"), { code: "MACHINE_NOT_FOUND" });
    await assert.rejects(begin("web1", "dpl_9"), { code: "NOT_FOUND" });
    assert.equal((await w.machine("web1")).status, "NotStarted");
  });

  it("install exactly what was planned, and store the command's id before it exists", async () => {
    await w.deploy(["web1"], { updates: [planned("bash"), planned("openssl")] });
    let stored: string | null = "";
    w.scripts.set("web1", {
      install: async ({ updates }) => {
        assert.deepEqual(updates, [
          { name: "bash", architecture: "amd64", version: "1.1" },
          { name: "openssl", architecture: "amd64", version: "1.1" },
        ]);
        stored = (await w.machine("web1")).installCommand;
        return {};
      },
    });
    const done = await patch("web1");
    assert.deepEqual([done.status, done.message], ["Succeeded", "2 updates installed"]);
    assert.match(stored, /^job_rollout\.\d+$/);
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
  });

  it("allow no update to remove other packages, unless the window does", async () => {
    const given: [string, boolean, string][] = [];
    for (const [id, spec] of [
      ["a", {}],
      ["b", { allowRemovals: true, configurationFiles: "replace" as const }],
    ] as const) {
      w.scripts.set(id, {
        install({ allowRemovals, configurationFiles }) {
          given.push([id, allowRemovals, configurationFiles]);
          return {};
        },
      });
      await w.deploy([id], { id: `dpl_${id}`, spec });
      await begin(id, `dpl_${id}`);
      await w.rollout.install(w.call(`dpl_${id}`), id);
    }
    assert.deepEqual(given, [
      ["a", false, "keep"],
      ["b", true, "replace"],
    ]);
  });

  it("install nothing on a machine whose turn hasn't begun or has ended", async () => {
    await w.deploy(["web1"]);
    await assert.rejects(w.rollout.install(w.call(), "web1"), { code: "CONFLICT" });
    await patch("web1");
    await assert.rejects(w.rollout.install(w.call(), "web1"), { code: "CONFLICT" });
    await assert.rejects(w.rollout.reboot(w.call(), "web1", 1), { code: "CONFLICT" });
  });

  it("install once: the same call asks again, another one is refused", async () => {
    await w.deploy(["web1"]);
    await begin("web1");
    const call = w.call();
    await w.rollout.install(call, "web1");
    await w.rollout.install(call, "web1");
    await assert.rejects(w.rollout.install(w.call(), "web1"), { code: "CONFLICT" });
  });

  it("set a machine aside whose candidate has vanished or changed, and show the difference", async () => {
    await w.deploy(["web1", "web2", "web3"]);
    w.scripts.set("web1", { offered: null });
    w.scripts.set("web2", { offered: "1.2" });
    const [gone, newer, same] = [await begin("web1"), await begin("web2"), await begin("web3")];
    assert.deepEqual(gone, { go: false, again: false, status: "PlanDrift", message: "bash: planned 1.1, which isn't offered any more", over: false });
    assert.equal(newer.go || newer.message, "bash: planned 1.1, now 1.2 is offered");
    assert.equal(same.go, true);
    assert.equal((await w.machine("web1")).status, "PlanDrift");
    assert.deepEqual(
      (await w.store.read.deployments.locks(["web1", "web2", "web3"])).map(({ machineId }) => machineId),
      ["web3"],
    );
  });

  it("set a machine aside on which somebody holds what was planned", async () => {
    await w.deploy(["web1"]);
    w.scripts.set("web1", { held: true });
    const begun = await begin("web1");
    assert.deepEqual(begun, { go: false, again: false, status: "PlanDrift", message: "bash: planned 1.1, and it is held now", over: false });
  });

  it("start nothing that wouldn't end in time, and nothing outside the window", async () => {
    await w.deploy(["web1", "web2", "web3"], {
      updates: [planned("bash"), planned("openssl", { expected: { p50: 1, p95: HOUR, basis: "update", samples: 9 } })],
    });
    w.clock.advance({ minutes: 90 });
    let sent: readonly { name: string }[] = [];
    w.scripts.set("web1", {
      install: ({ updates, startWithinMs }) => {
        sent = updates;
        assert.equal(startWithinMs, 28 * MINUTE);
        return {};
      },
    });
    const done = await patch("web1");
    assert.deepEqual(
      sent.map(({ name }) => name),
      ["bash"],
    );
    assert.deepEqual([done.status, done.message], ["MaintenanceWindowExceeded", "1 installed; the window was too short for 1 more update"]);
    w.clock.advance({ minutes: 29 });
    const late = await begin("web2");
    assert.ok(!late.go && !late.again && late.status === "MaintenanceWindowExceeded" && !late.over);
    w.clock.advance({ minutes: 1 });
    const closed = await begin("web3");
    assert.ok(!closed.go && !closed.again && closed.status === "MaintenanceWindowExceeded" && closed.over);
  });

  it("keep the reserve free for what may need a reboot, unless the window makes none", async () => {
    await w.deploy(["web1"], { updates: [planned("linux-image", { reboot: "always" })] });
    await w.deploy(["web2"], { id: "dpl_2", updates: [planned("linux-image", { reboot: "always" })], spec: { reboot: "never" } });
    w.clock.advance({ minutes: 105 }); // a quarter of an hour is left, 20 minutes are kept
    const reserved = await begin("web1");
    assert.ok(!reserved.go && !reserved.again && reserved.status === "MaintenanceWindowExceeded");
    assert.ok((await begin("web2", "dpl_2")).go);
  });

  it("wait for a machine's own window, and close it by that", async () => {
    await w.deploy(["web1"], { opensAt: w.clock.now() + HOUR, closesAt: w.clock.now() + 3 * HOUR });
    const early = await begin("web1");
    assert.ok(!early.go && early.again);
    assert.equal(early.at, w.clock.now() + HOUR);
  });

  it("hold a machine for one deployment at a time, and say which one has it", async () => {
    await w.deploy(["web1"]);
    await w.deploy(["web1"], { id: "dpl_2", window: "weekly" });
    assert.ok((await begin("web1")).go);
    const other = await begin("web1", "dpl_2");
    assert.ok(!other.go && other.again);
    assert.match(other.message, /held by the deployment dpl_1 of the window nightly/);
    assert.equal((await w.machine("web1", "dpl_2")).status, "NotStarted");
    await w.rollout.install(w.call(), "web1");
    await w.rollout.finish(w.call(), "web1", {});
    assert.ok((await begin("web1", "dpl_2")).go);
  });

  it("take a machine over that a deployment has left locked when it ended", async () => {
    await w.deploy(["web1"]);
    await w.deploy(["web1"], { id: "dpl_2" });
    await begin("web1");
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "failed" }));
    assert.ok((await begin("web1", "dpl_2")).go);
    await assert.rejects(w.rollout.install(w.call(), "web1"), { code: "CONFLICT" });
  });

  it("do nothing while a freeze holds deployments back, also when it begins in mid-rollout", async () => {
    await w.deploy(["web1", "web2"]);
    await begin("web1");
    w.freezing.now = { name: "year-end", reason: "the freeze year-end holds it back", until: w.clock.now() + HOUR };
    const frozen = await begin("web2");
    assert.ok(!frozen.go && !frozen.again && frozen.status === "Frozen");
    assert.equal(await w.installEnds(w.call(), "web1"), "calledOff");
    assert.equal((await w.rollout.finish(w.call(), "web1", {})).status, "Frozen");
    assert.ok(!w.asked.some((one) => one.startsWith("install")));
  });

  it("ask for the approval of exactly this plan", async () => {
    await w.deploy(["web1", "web2", "web3"], { spec: { approval: { count: 1 } } });
    const decide = (planHash: string, principalId: string, decision: "approved" | "rejected") =>
      w.store.write((tx) => tx.deployments.decide({ deploymentId: "dpl_1", principalId, principalName: principalId, planHash, decision, reason: "", at: 1 }));
    await decide("0".repeat(64), "prn_2", "approved");
    const stale = await begin("web1");
    assert.ok(!stale.go && !stale.again && stale.status === "SkippedByGate");
    await decide("f".repeat(64), "prn_2", "approved");
    assert.ok((await begin("web2")).go);
    await decide("f".repeat(64), "prn_3", "rejected");
    const rejected = await begin("web3");
    assert.ok(!rejected.go && !rejected.again && rejected.status === "SkippedByGate");
  });

  it("halt when more have failed than may, and not before", async () => {
    await w.deploy(["a", "b", "c", "d"], { allowedFailures: 1 });
    const failing = () => ({ updates: [installed("bash", "Failed", "exit 100")] });
    for (const id of ["a", "b"]) w.scripts.set(id, { install: failing });
    const first = await patch("a");
    assert.deepEqual([first.status, first.failed, first.allowed, first.deployment], ["Failed", 1, 1, "running"]);
    assert.equal(first.message, "1 of 1 update failed: bash: exit 100");
    assert.ok((await begin("c")).go);
    await w.rollout.install(w.call(), "c");
    const second = await patch("b");
    assert.equal(second.deployment, "halted");
    assert.equal((await w.deployment()).reason, "2 machines have failed, 1 may");
    const held = await begin("d");
    assert.ok(!held.go && held.again && held.halted);
    // Who has installed is let finish.
    assert.equal((await w.rollout.finish(w.call(), "c", {})).status, "Succeeded");
    assert.deepEqual(
      (await w.store.read.happenings.open(10)).map(({ kind }) => kind),
      ["deployment.halted"],
    );
    assert.deepEqual(
      w.deeds.map(({ operation }) => operation),
      ["deployment.halt"],
    );
  });

  it("don't count who was set aside as failed", async () => {
    await w.deploy(["a"], { allowedFailures: 0 });
    w.scripts.set("a", { offered: null });
    await begin("a");
    const { failed, status } = await w.rollout.control(w.call());
    assert.deepEqual([failed, status], [0, "running"]);
  });

  it("count a machine that isn't there as lost, and take its report when it comes", async () => {
    await w.deploy(["web1", "web2"], { allowedFailures: 5 });
    const lost = () => {
      throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
    };
    for (const id of ["web1", "web2"]) {
      w.scripts.set(id, { install: lost });
      await begin(id);
    }
    await w.setMachine("web1", { state: "offline" });
    assert.equal(await w.installEnds(w.call(), "web1"), "lost");
    assert.equal((await w.rollout.finish(w.call(), "web1", {})).status, "AgentLost");
    // It is connected: its package manager is still at work, and isn't interrupted.
    assert.equal(await w.installEnds(w.call(), "web2"), "unfinished");
    assert.equal((await w.rollout.finish(w.call(), "web2", {})).status, "MaintenanceWindowExceeded");
    await w.rollout.end(w.call(), {});
    w.clock.advance({ hours: 3 });
    for (const id of ["web1", "web2"]) await w.lateReport((await w.machine(id)).installCommand ?? "", id);
    const [first, second] = [await w.machine("web1"), await w.machine("web2")];
    assert.deepEqual([first.status, second.status], ["SucceededWithWarnings", "SucceededWithWarnings"]);
    assert.equal(first.message, "1 update installed; reported 180 min late, it had counted as AgentLost");
  });

  it("say of a late report that what it began outside the window wasn't begun", async () => {
    await w.deploy(["web1"], { updates: [planned("bash"), planned("openssl")], allowedFailures: 5 });
    w.scripts.set("web1", {
      install: () => {
        throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
      },
    });
    await begin("web1");
    await w.rollout.install(w.call(), "web1");
    await w.rollout.finish(w.call(), "web1", {});
    const rest = installed("openssl", "MaintenanceWindowExceeded");
    await w.lateReport((await w.machine("web1")).installCommand ?? "", "web1", { updates: [installed("bash"), rest], rebootPending: true });
    const { status, message, rebootState } = await w.machine("web1");
    assert.deepEqual([status, rebootState], ["MaintenanceWindowExceeded", "Required"]);
    assert.match(message, /1 installed; the window was too short for 1 more update/);
  });

  it("say of an agent that was killed in mid-install and couldn't go on that it has failed, with its words", async () => {
    await w.deploy(["web1"], { allowedFailures: 1 });
    w.scripts.set("web1", {
      install: () => {
        throw new RunwrightError("COMMAND_INTERRUPTED", "the agent ended while it ran");
      },
    });
    await begin("web1");
    assert.equal(await w.installEnds(w.call(), "web1"), "failed");
    const done = await w.rollout.finish(w.call(), "web1", {});
    assert.deepEqual([done.status, done.message], ["Failed", "1 of 1 update failed: bash: COMMAND_INTERRUPTED: the agent ended while it ran"]);
  });

  it("don't take a machine that couldn't be reached for one that has failed to install", async () => {
    await w.deploy(["web1"]);
    w.scripts.set("web1", {
      assess: () => {
        throw new RunwrightError("AGENT_OFFLINE", "web1 is offline");
      },
    });
    const lost = await begin("web1");
    assert.ok(!lost.go && !lost.again && lost.status === "AgentLost");
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
  });

  it("leave a machine that is held to its deployment, and the deployment's job to its steps", async () => {
    await w.deploy(["web1", "web2"]);
    const other = { jobId: "job_other", call: 1, retry: 0 };
    await w.requireUnheld(other, "web1");
    await begin("web1");
    await assert.rejects(w.requireUnheld(other, "web1"), { code: "CONFLICT" });
    await w.requireUnheld(other, "web2");
    await assert.rejects(w.requireUnheld(w.call().id, "web2"), { code: "PERMISSION_DENIED" });
    // What it began before, it may ask about after a crash.
    await w.store.write((tx) => tx.commands.insert(aCommand({ id: "job_other.1", machineId: "web1" })));
    await w.requireUnheld(other, "web1");
  });

  it("begin no machine on which what another job has sent is still at work, and leave it to that", async () => {
    await w.deploy(["web1"]);
    await w.store.write((tx) => tx.commands.insert(aCommand({ id: "job_other.1", machineId: "web1", action: "install", deadlineAt: w.clock.now() })));
    const early = await begin("web1");
    assert.ok(!early.go && early.again);
    assert.equal(early.message, "web1 is still at work on what somebody else has asked of it");
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
    await w.requireUnheld({ jobId: "job_other", call: 2, retry: 0 }, "web1");
    await w.store.write((tx) => tx.commands.patch("job_other.1", { endedAt: w.clock.now() }));
    assert.ok((await begin("web1")).go);
  });

  it("begin no machine and send nothing once it is aborted, and end what runs", async () => {
    await w.deploy(["a", "b", "c"], { allowedFailures: 5 });
    await begin("a");
    await begin("b");
    await w.rollout.install(w.call(), "a");
    await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "aborting", reason: "ada has aborted it" }));
    assert.equal(await w.installEnds(w.call(), "b"), "calledOff");
    const never = await begin("c");
    assert.ok(!never.go && !never.again && never.over);
    assert.equal((await w.rollout.finish(w.call(), "a", {})).status, "Succeeded");
    const { status, counts } = await w.rollout.end(w.call(), {});
    assert.deepEqual([status, counts], ["aborted", { Succeeded: 1, Cancelled: 2 }]);
    assert.deepEqual(await w.store.read.deployments.locks(["a", "b", "c"]), []);
  });

  it("end once, say why of whoever wasn't reached, and let all machines go", async () => {
    await w.deploy(["a", "b"]);
    await patch("a");
    const gate = await w.rollout.end(w.call(), { gate: "the canary was slow" });
    assert.deepEqual([gate.status, gate.counts], ["failed", { Succeeded: 1, SkippedByGate: 1 }]);
    assert.equal(gate.reason, "stopped by its gate: the canary was slow; 1 of 2 machines succeeded, 1 SkippedByGate");
    assert.deepEqual(await w.rollout.end(w.call(), {}), gate);
    assert.equal((await w.machine("b")).message, "the canary was slow");
    const told = await w.store.read.happenings.open(10);
    assert.deepEqual(
      told.map(({ kind, document }) => [kind, (document.deployment as { status: string }).status]),
      [["deployment.ended", "failed"]],
    );
  });

  it("judge whoever is in the middle when its job is gone by what is known", async () => {
    await w.deploy(["a", "b"], { allowedFailures: 5 });
    await begin("a");
    await begin("b");
    await w.rollout.install(w.call(), "a");
    const { counts } = await w.rollout.end(w.call(), { failed: "its job has failed" });
    // Nothing was sent to b.
    assert.deepEqual(counts, { Succeeded: 1, Cancelled: 1 });
    assert.equal((await w.machine("b")).message, "its job has failed");
  });

  it("add what the runbook says, which can make it worse and not better", async () => {
    await w.deploy(["a", "b"], { allowedFailures: 5 });
    await begin("a");
    await begin("b");
    await w.rollout.install(w.call(), "a");
    await w.rollout.install(w.call(), "b");
    assert.equal((await w.rollout.finish(w.call(), "a", { failed: "the balancer doesn't take it back" })).status, "Failed");
    const warned = await w.rollout.finish(w.call(), "b", { warnings: ["slow"] });
    assert.deepEqual([warned.status, warned.message], ["SucceededWithWarnings", "slow"]);
  });
});
