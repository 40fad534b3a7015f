import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { aJob } from "../../contract/rows.ts";
import { installed, planned, type World, world } from "./world.ts";

const BACK = "job_back";

describe("taking a deployment back", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    await w.deploy(["web1", "web2"], { updates: [planned("bash"), planned("openssl")] });
    w.scripts.set("web1", { install: () => ({ updates: [installed("bash"), { ...installed("openssl"), fromVersion: null }] }) });
    for (const id of ["web1", "web2"]) {
      await w.rollout.begin(w.call(), id);
      await w.rollout.install(w.call(), id);
      await w.rollout.finish(w.call(), id, {});
    }
  });
  afterEach(() => w.stop());

  const ask = (params: object, { id = BACK, trigger = "deployment" as const }: { id?: string; trigger?: "deployment" | "manual" } = {}) =>
    w.store.write((tx) => tx.jobs.insert(aJob({ id, trigger, params: { deployment: "dpl_1", machines: [], plan: false, ...params } }), "ada"));
  const end = () => w.rollout.end(w.call(), {});
  const rollback = (machine: string, job = BACK, how: "plan" | "rollback" = "rollback") => w.rollout.rollback(w.call("dpl_1", job), machine, how);

  it("sends each machine what its install has changed, writes down what became of it, and lets it go", async () => {
    await end();
    await ask({});
    w.scripts.set("web1", { rollback: () => ({ rebootPending: true }) });
    const view = await w.rollout.rollbackView(w.call("dpl_1", BACK));
    assert.deepEqual([view.plan, view.machines.map(({ name, updates }) => `${name} ${updates}`)], [false, ["web1 2", "web2 2"]]);
    const done = await rollback("web1");
    assert.deepEqual(
      done.updates.map(({ name, version, fromVersion }) => [name, version, fromVersion]),
      [
        ["bash", "1.1", "1.0"],
        ["openssl", "1.1", null],
      ],
    );
    const machine = await w.machine("web1");
    assert.equal(machine.status, "Succeeded");
    assert.equal(machine.message, `2 updates installed; rolled back by ${BACK}: 2 of 2 updates went back; a reboot is pending`);
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
    assert.deepEqual(
      w.deeds.filter(({ operation }) => operation === "machine.rollback").map(({ target }) => target),
      ["machine:web1"],
    );
  });

  it("is done and told once, however often it is asked for after a crash", async () => {
    await end();
    await ask({});
    const call = w.call("dpl_1", BACK);
    await w.rollout.rollback(call, "web1", "rollback");
    await w.rollout.rollback(call, "web1", "rollback");
    assert.equal(new Set(w.commands.filter((one) => one.startsWith("rollback"))).size, 1, "a machine executes an id once");
    assert.equal((await w.machine("web1")).message.split("rolled back").length, 2);
    assert.equal(w.deeds.filter(({ operation }) => operation === "machine.rollback").length, 1);
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
  });

  it("does no more than somebody has asked for: their deployment, their machines, a plan only", async () => {
    await end();
    await ask({ machines: ["web1"] });
    assert.deepEqual(
      (await w.rollout.rollbackView(w.call("dpl_1", BACK))).machines.map(({ name }) => name),
      ["web1"],
    );
    await assert.rejects(rollback("web2"), { code: "PERMISSION_DENIED" });
    await ask({ plan: true }, { id: "job_plan" });
    await assert.rejects(rollback("web1", "job_plan"), { code: "PERMISSION_DENIED" });
    assert.deepEqual(
      (await rollback("web1", "job_plan", "plan")).updates.map(({ status }) => status),
      ["NotStarted", "NotStarted"],
    );
    await ask({}, { id: "job_manual", trigger: "manual" });
    await ask({ deployment: "dpl_2" }, { id: "job_other" });
    // The job that has carried it out may not either, nor one that nobody knows.
    for (const job of ["job_manual", "job_other", "job_rollout", "job_nobody"]) await assert.rejects(rollback("web1", job), { code: "PERMISSION_DENIED" }, job);
    assert.deepEqual(
      w.asked.filter((one) => one.startsWith("rollback")),
      [],
    );
  });

  it("waits for nobody: a deployment that runs, a freeze and another deployment are told, and nothing is changed", async () => {
    await ask({});
    assert.match((await rollback("web1")).problem ?? "", /the deployment is running again: halt it first/);
    await end();
    w.freezing.now = { name: "year-end", reason: "frozen by year-end until Monday", until: null } as unknown as World["freezing"]["now"];
    assert.match((await rollback("web1")).problem ?? "", /year-end/);
    w.freezing.now = undefined;
    await w.deploy(["web1"], { id: "dpl_2", jobId: "job_2" });
    await w.rollout.begin(w.call("dpl_2", "job_2"), "web1");
    assert.match((await rollback("web1")).problem ?? "", /web1 is held by the deployment dpl_2/);
    assert.deepEqual(
      w.asked.filter((one) => one.startsWith("rollback")),
      [],
    );
  });

  it("goes on while a deployment is halted, and not on a machine that is still at work", async () => {
    await ask({});
    await w.store.write(async (tx) => {
      await tx.deployments.patch("dpl_1", { status: "halted" });
      await tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "web2" }, { status: "InProgress" });
    });
    assert.equal((await rollback("web1")).problem, null);
    assert.match((await rollback("web2")).problem ?? "", /still at work/);
  });

  it("keeps deployments and other jobs from a machine that is being taken back, until its job has ended and the machine has reported", async () => {
    await end();
    await ask({});
    w.scripts.set("web1", {
      rollback() {
        throw new RunwrightError("COMMAND_EXPIRED", "it takes long");
      },
    });
    assert.match((await rollback("web1")).problem ?? "", /it takes long \[COMMAND_EXPIRED\]/);
    await w.deploy(["web1"], { id: "dpl_2", jobId: "job_2" });
    const begun = await w.rollout.begin(w.call("dpl_2", "job_2"), "web1");
    assert.ok(!begun.go && begun.again && begun.message.includes(`held by the rollback ${BACK}`), JSON.stringify(begun));
    const other = { jobId: "job_other", call: 1, retry: 0 };
    await assert.rejects(w.requireUnheld(other, "web1"), { code: "CONFLICT" });
    await w.store.write((tx) => tx.jobs.move(BACK, null, { to: "stopped", reason: "", at: w.clock.now(), by: "ada" }));
    await assert.rejects(w.requireUnheld(other, "web1"), { code: "CONFLICT", message: new RegExp(`held by the rollback ${BACK}: it is still at work`) });
    const value = { packageManager: "apt", updates: [], rebootPending: false, repairs: [], resumed: 0, logFile: "" };
    const updates = [{ name: "bash", architecture: "amd64", version: "1.1", fromVersion: "1.0" }];
    await w.end(w.commands.at(-1)?.split(" ")[2] ?? "", "web1", { status: "completed", value }, { updates });
    await w.requireUnheld(other, "web1");
    assert.equal((await w.rollout.begin(w.call("dpl_2", "job_2"), "web1")).go, true);
  });

  it("says that a machine isn't known to have been changed, or can't be reached", async () => {
    await end();
    await ask({ machines: ["web1", "web2"] });
    await w.store.write((tx) => tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "web2" }, { installCommand: null }));
    assert.match((await rollback("web2")).problem ?? "", /isn't known to have installed anything/);
    w.scripts.set("web1", {
      rollback() {
        throw new RunwrightError("AGENT_OFFLINE", "web1 isn't connected");
      },
    });
    assert.equal((await rollback("web1")).problem, "web1 isn't connected [AGENT_OFFLINE]");
    assert.deepEqual(await w.store.read.deployments.locks(["web1"]), []);
  });
});
