import assert from "node:assert/strict";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { aCommand, aJob } from "../../contract/rows.ts";
import { type World, world } from "./world.ts";

const OTHER = ["dpl_2", "job_2"] as const;

/** One machine, one deployment: also when the first one ends while something that it has sent is still at work. */
describe("a machine that is still at work when its turn ends", () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  const expires = () => {
    throw new RunwrightError("COMMAND_EXPIRED", "no result came in time");
  };
  /** What runs until the test lets it end. */
  function running<T>(value: T) {
    const { promise, resolve } = Promise.withResolvers<T>();
    return { work: () => promise, end: () => resolve(value) };
  }
  const scene = async (more: Parameters<World["deploy"]>[1] = {}) => {
    await w.deploy(["a"], more);
    await w.deploy(["a"], { id: "dpl_2", jobId: "job_2" });
    assert.ok((await w.rollout.begin(w.call(), "a")).go);
  };
  const isHeld = async () => {
    const other = await w.rollout.begin(w.call(...OTHER), "a");
    assert.ok(!other.go && other.again, JSON.stringify(other));
    assert.match(other.message, /a is held by the deployment dpl_1 of the window nightly: it is still at work/);
    await assert.rejects(w.requireUnheld({ jobId: "job_9", call: 1, retry: 0 }, "a"), { code: "CONFLICT" });
  };
  const isFree = async () => {
    await w.requireUnheld({ jobId: "job_9", call: 1, retry: 0 }, "a");
    assert.ok((await w.rollout.begin(w.call(...OTHER), "a")).go);
  };
  const sent = (action: string, id = "a") => w.asked.includes(`${action} ${id}`);
  const until = async (is: () => boolean) => {
    while (!is()) await new Promise((resolve) => setImmediate(resolve));
  };

  it("is kept from others until it reports, also when its deployment has ended", async () => {
    await scene({ allowedFailures: 5 });
    w.scripts.set("a", { install: expires });
    await w.rollout.install(w.call(), "a");
    assert.equal((await w.rollout.finish(w.call(), "a", {})).status, "MaintenanceWindowExceeded");
    await isHeld();
    await w.rollout.end(w.call(), {});
    await isHeld();
    await w.lateReport((await w.machine("a")).installCommand ?? "", "a");
    assert.deepEqual(await w.store.read.deployments.locks(["a"]), []);
    await isFree();
  });

  it("is kept from others when its deployment is ended under its install", async () => {
    const install = running({});
    await scene();
    w.scripts.set("a", { install: install.work });
    const installing = w.rollout.install(w.call(), "a");
    await until(() => sent("install"));
    await w.rollout.end(w.call(), {});
    assert.deepEqual([(await w.machine("a")).status, (await w.machine("a")).message.slice(0, 22)], ["MaintenanceWindowExceeded", "it is still installing"]);
    await isHeld();
    install.end();
    await installing;
    assert.equal((await w.machine("a")).status, "SucceededWithWarnings");
    await isFree();
  });

  it("is kept from others when its job was stopped, which cancels its install, until it says what it had done", async () => {
    await scene();
    w.scripts.set("a", {
      install() {
        throw new RunwrightError("COMMAND_CANCELLED", "the command was cancelled");
      },
    });
    await w.rollout.install(w.call(), "a");
    await w.rollout.end(w.call(), { failed: "its job was stopped" });
    assert.equal((await w.machine("a")).status, "Cancelled");
    await isHeld();
    await w.lateReport((await w.machine("a")).installCommand ?? "", "a");
    assert.equal((await w.machine("a")).status, "SucceededWithWarnings");
    await isFree();
  });

  it("is let go of an agent that never comes back: six hours after its command's deadline", async () => {
    await scene();
    w.scripts.set("a", { install: expires });
    await w.rollout.install(w.call(), "a");
    await w.rollout.end(w.call(), {});
    w.clock.advance({ hours: 8 }); // the window's two, and six
    await w.deploy(["a"], { id: "dpl_3", jobId: "job_3" });
    const next = () => w.rollout.begin(w.call("dpl_3", "job_3"), "a");
    const early = await next();
    assert.ok(!early.go && early.again, JSON.stringify(early));
    w.clock.advance({ minutes: 16 });
    assert.ok((await next()).go);
  });

  it("may be one that has never said to have its updates", async () => {
    await scene({ allowedFailures: 5 });
    w.scripts.set("a", {
      async install() {
        const [open] = await w.store.read.commands.open("a");
        await w.store.write((tx) => tx.commands.patch(open?.id ?? "", { status: "sent", acknowledgedAt: null }));
        return expires();
      },
    });
    await w.setMachine("a", { state: "offline" });
    await w.rollout.install(w.call(), "a");
    const { status, message } = await w.rollout.finish(w.call(), "a", {});
    assert.deepEqual([status, message], ["AgentLost", "the updates were sent to it, and it hasn't been heard of since; should it report later, that counts"]);
    await isHeld();
  });

  it("isn't one to which its updates were never sent", async () => {
    await scene({ allowedFailures: 5 });
    w.scripts.set("a", {
      install() {
        throw new RunwrightError("AGENT_OFFLINE", "it wasn't connected in time");
      },
    });
    await w.rollout.install(w.call(), "a");
    await w.rollout.finish(w.call(), "a", {});
    assert.deepEqual(await w.store.read.deployments.locks(["a"]), []);
    await isFree();
  });

  it("may be one whose command is stored in the next moment, and is kept once it is", async () => {
    await scene();
    await w.store.write((tx) => tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "a" }, { installCommand: "job_rollout.77" }));
    await w.rollout.end(w.call(), {});
    assert.equal((await w.store.read.deployments.locks(["a"])).length, 1);
    const deadlineAt = w.clock.now() + 1;
    await w.store.write((tx) => tx.commands.insert(aCommand({ id: "job_rollout.77", machineId: "a", action: "install", jobId: "job_rollout", deadlineAt })));
    await isHeld();
  });

  it("isn't kept for a command that was never stored, once its job has ended: it sends nothing any more", async () => {
    await scene();
    await w.store.write((tx) => tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "a" }, { installCommand: "job_rollout.77" }));
    await w.rollout.end(w.call(), {});
    await isHeld();
    await w.store.write((tx) => tx.jobs.insert(aJob({ id: "job_rollout" }), "ada"));
    await w.store.write((tx) => tx.jobs.move("job_rollout", null, { to: "stopped", reason: "", at: w.clock.now(), by: "ada" }));
    await isFree();
  });

  it("counts as down for the others of its group while its reboot's command is open, and no longer", async () => {
    const spec = { rebootRules: [{ tag: "role" }] };
    const reboot = running("boot-2");
    for (const id of ["db1", "db2"]) {
      await w.addMachine(id, { role: "db" });
      w.scripts.set(id, { install: () => ({ rebootPending: true }), reboot: reboot.work });
    }
    await w.deploy(["db1"], { spec });
    await w.deploy(["db2"], { id: "dpl_2", jobId: "job_2", spec });
    for (const [id, call] of [
      ["db1", ["dpl_1"]],
      ["db2", OTHER],
    ] as const) {
      await w.rollout.begin(w.call(...call), id);
      await w.rollout.install(w.call(...call), id);
    }
    const permit = await w.rollout.askReboot(w.call(), "db1");
    assert.ok(permit.go);
    const rebooting = w.rollout.reboot(w.call(), "db1", permit.fence).catch((error) => error);
    await until(() => sent("reboot", "db1"));
    await w.rollout.end(w.call(), {});
    const early = await w.rollout.askReboot(w.call(...OTHER), "db2");
    assert.ok(!early.go && early.again);
    assert.match(early.message, /1 of role=db is down already/);
    reboot.end();
    await rebooting;
    assert.deepEqual(await w.store.read.deployments.locks(["db1"]), []);
    assert.ok((await w.rollout.askReboot(w.call(...OTHER), "db2")).go);
  });

  describe("when its reboot was cancelled", () => {
    const spec = { rebootRules: [{ tag: "role" }] };
    let command: string;
    beforeEach(async () => {
      for (const id of ["db1", "db2"]) {
        await w.addMachine(id, { role: "db" });
        w.scripts.set(id, { install: () => ({ rebootPending: true }) });
      }
      w.scripts.set("db1", {
        install: () => ({ rebootPending: true }),
        reboot() {
          throw new RunwrightError("COMMAND_CANCELLED", "the command was cancelled");
        },
      });
      await w.deploy(["db1"], { spec });
      await w.deploy(["db2"], { id: "dpl_2", jobId: "job_2", spec });
      for (const [id, call] of [
        ["db1", ["dpl_1"]],
        ["db2", OTHER],
      ] as const) {
        await w.rollout.begin(w.call(...call), id);
        await w.rollout.install(w.call(...call), id);
      }
      const permit = await w.rollout.askReboot(w.call(), "db1");
      assert.ok(permit.go);
      await w.rollout.reboot(w.call(), "db1", permit.fence);
      await w.rollout.end(w.call(), { failed: "its job was stopped" });
      command = (await w.machine("db1")).rebootCommand ?? "";
    });
    const isDown = async () => {
      const early = await w.rollout.askReboot(w.call(...OTHER), "db2");
      assert.ok(!early.go && early.again, JSON.stringify(early));
      assert.match(early.message, /1 of role=db is down already/);
    };
    const mayFollow = async () => assert.ok((await w.rollout.askReboot(w.call(...OTHER), "db2")).go);

    it("counts as down until it says how that ended", async () => {
      await isDown();
      await w.end(command, "db1", { status: "completed", value: {} }, {});
      assert.deepEqual(await w.store.read.deployments.locks(["db1"]), []);
      await mayFollow();
    });

    it("counts as down until it comes from another boot", async () => {
      await isDown();
      await w.store.write((tx) => tx.commands.rebooted("db1"));
      await mayFollow();
    });

    it("counts as down no longer than six hours after the deadline of what was to reboot it", async () => {
      await w.store.write((tx) => tx.commands.patch(command, { deadlineAt: w.clock.now() - 6 * 3_600_000 + 1 }));
      await isDown();
      w.clock.advance({ seconds: 1 });
      await mayFollow();
    });
  });

  it("isn't taken back by anyone before it has reported", async () => {
    await scene({ allowedFailures: 5 });
    w.scripts.set("a", { install: expires });
    await w.rollout.install(w.call(), "a");
    await w.rollout.end(w.call(), {});
    const params = { deployment: "dpl_1", machines: ["a"], plan: false };
    await w.store.write((tx) => tx.jobs.insert(aJob({ id: "job_back", trigger: "deployment", params }), "ada"));
    const id = (await w.machine("a")).installCommand ?? "";
    // What it says of the first one is known, and it is at work still, of what another job has sent.
    await w.lateReport(id, "a");
    const deadlineAt = w.clock.now() + 1;
    await w.store.write((tx) => tx.commands.insert(aCommand({ id: "job_9.1", machineId: "a", action: "install", jobId: "job_9", deadlineAt })));
    assert.match((await w.rollout.rollback(w.call("dpl_1", "job_back"), "a", "rollback")).problem ?? "", /a is still at work/);
    assert.ok(!sent("rollback"));
  });
});
