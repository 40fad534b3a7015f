import assert from "node:assert/strict";
import type { RebootPermit } from "../../../engine/core/deploy/rollout.ts";
import { RunwrightError } from "../../../engine/core/errors.ts";
import { createRollout } from "../../../engine/updates/rollout/rollout.ts";
import { withEachStore } from "../../contract/stores.ts";
import { eventually } from "../../support/eventually.ts";
import { HOUR, installed, MINUTE, planned, type Script, type World, world } from "./world.ts";

describe("reboots in a rollout", function () {
  this.timeout(60_000);
  let w: World;
  beforeEach(async () => {
    w = await world();
  });
  afterEach(() => w.stop());

  const needsReboot = { install: () => ({ rebootPending: true }) };
  async function installOn(id: string, deployment?: string): Promise<void> {
    const begun = await w.rollout.begin(w.call(deployment), id);
    assert.ok(begun.go, JSON.stringify(begun));
    await w.rollout.install(w.call(deployment), id);
  }
  const ask = (id: string, deployment?: string) => w.rollout.askReboot(w.call(deployment), id);
  const fenceOf = (permit: RebootPermit): number => {
    assert.ok(permit.go, JSON.stringify(permit));
    return permit.fence;
  };
  const setAsideBy = (permit: RebootPermit) => (permit.go || permit.again ? permit : permit.state);

  it("are made when the machine says that one is pending, by mode", async () => {
    const wanted: [mode: "ifRequired" | "always" | "never", pending: boolean, answer: string][] = [
      ["ifRequired", true, "go"],
      ["ifRequired", false, "NotNeeded"],
      ["always", false, "go"],
      ["never", true, "Required"],
      ["never", false, "NotNeeded"],
    ];
    for (const [i, [reboot, rebootPending, answer]] of wanted.entries()) {
      const [id, deployment] = [`web${i}`, `dpl_${i}`];
      w.scripts.set(id, { install: () => ({ rebootPending }) });
      await w.deploy([id], { id: deployment, spec: { reboot } });
      await installOn(id, deployment);
      const permit = await ask(id, deployment);
      assert.equal(permit.go ? "go" : setAsideBy(permit), answer, `${reboot}, ${rebootPending}`);
      if (answer === "Required") {
        const done = await w.rollout.finish(w.call(deployment), id, {});
        assert.deepEqual([done.status, done.message], ["SucceededWithWarnings", "a reboot is still pending"]);
      }
    }
  });

  it("count when the boot id has changed, the agent is back and the health check has passed", async () => {
    w.scripts.set("web1", needsReboot);
    await w.deploy(["web1"], { spec: { healthCheck: { command: ["/bin/healthy"] } } });
    await installOn("web1");
    const rebooted = await w.rollout.reboot(w.call(), "web1", fenceOf(await ask("web1")));
    assert.deepEqual([rebooted.state, rebooted.bootIdBefore, rebooted.bootIdAfter], ["Completed", "boot-1", "boot-2"]);
    const done = await w.rollout.finish(w.call(), "web1", {});
    assert.deepEqual([done.status, done.message], ["Succeeded", "1 update installed, rebooted"]);
    assert.deepEqual(
      w.asked.filter((one) => one.startsWith("health")),
      ["health web1 /bin/healthy"],
    );
  });

  it("aren't proven by the same boot id, by nobody who comes back, or by a machine that isn't healthy: the rollout halts", async () => {
    const gone = () => {
      throw new RunwrightError("COMMAND_EXPIRED", "it isn't back");
    };
    const wanted = [
      { script: { reboot: () => "boot-1" }, state: "Failed", says: /same boot/ },
      { script: { reboot: gone }, state: "Unverified", says: /it isn't back/ },
      { script: { exec: () => ({ exitCode: 3, stderr: "nginx is down\n" }) }, state: "Unverified", says: /its health check ended with 3: nginx is down/ },
    ];
    for (const [i, { script, state, says }] of wanted.entries()) {
      const [id, deployment] = [`web${i}`, `dpl_${i}`];
      w.scripts.set(id, { ...needsReboot, ...script });
      await w.deploy([id], { id: deployment, allowedFailures: 9, spec: { healthCheck: { command: ["/bin/healthy"] } } });
      await installOn(id, deployment);
      const rebooted = await w.rollout.reboot(w.call(deployment), id, fenceOf(await ask(id, deployment)));
      assert.equal(rebooted.state, state);
      const done = await w.rollout.finish(w.call(deployment), id, {});
      assert.deepEqual([done.status, done.deployment], ["RebootUnverified", "halted"]);
      assert.match(done.message, says);
      // It stays among those that are down.
      assert.equal((await w.store.read.deployments.locks([id]))[0]?.rebooting, true);
    }
  });

  it("are never two of a tag at once, whichever deployments they belong to, and never below the quorum", async () => {
    const spec = { rebootRules: [{ tag: "role", quorum: 1 }] };
    for (const id of ["db1", "db2", "web1"]) {
      w.scripts.set(id, needsReboot);
      await w.addMachine(id, { role: id.slice(0, -1) });
    }
    await w.addMachine("web2", { role: "web" });
    await w.setMachine("web2", { state: "offline" });
    await w.deploy(["db1", "web1"], { spec });
    await w.deploy(["db2"], { id: "dpl_2", spec });
    await installOn("db1");
    await installOn("web1");
    await installOn("db2", "dpl_2");
    const fence = fenceOf(await ask("db1"));
    const second = await ask("db2", "dpl_2");
    assert.ok(!second.go && second.again);
    assert.equal(second.message, "1 of role=db is down already, at most 1 may be");
    const web = await ask("web1");
    assert.ok(!web.go && web.again && /web/.test(web.message), "web2 is down for another reason, and counts");
    await w.rollout.reboot(w.call(), "db1", fence);
    assert.ok((await ask("db2", "dpl_2")).go);
  });

  describe("of a group, with windows of different rules", () => {
    const spec = { rebootRules: [{ tag: "role" }] };
    const isDown = "1 of role=db is down already, at most 1 may be";
    let down: PromiseWithResolvers<string>;
    const said = (permit: RebootPermit) => (permit.go ? "go" : permit.message);
    /** db1 reboots until `down` says so. */
    async function db1Reboots(): Promise<{ reboot: Promise<unknown> }> {
      down = Promise.withResolvers<string>();
      for (const id of ["db1", "db2"]) {
        w.scripts.set(id, { ...needsReboot, ...(id === "db1" ? { reboot: () => down.promise } : {}) });
        await w.addMachine(id, { role: "db" });
      }
      await w.deploy(["db1"], { spec });
      await installOn("db1");
      const reboot = w.rollout.reboot(w.call(), "db1", fenceOf(await ask("db1"))).catch(() => {});
      await eventually("its command", () => w.asked.includes("reboot db1"));
      return { reboot };
    }

    it("wait for one whose deployment has ended while it goes down, until its command has ended", async () => {
      const { reboot } = await db1Reboots();
      await w.deploy(["db2"], { id: "dpl_2", spec });
      await w.deploy(["db1"], { id: "dpl_3" });
      await installOn("db2", "dpl_2");
      assert.equal(said(await ask("db2", "dpl_2")), isDown);
      await w.rollout.end(w.call(), {});
      assert.equal(said(await ask("db2", "dpl_2")), isDown);
      const held = await w.rollout.begin(w.call("dpl_3"), "db1");
      assert.equal(held.go || held.message, "db1 is held by the deployment dpl_1 of the window nightly: it is still at work");
      down.resolve("boot-2");
      await reboot;
      assert.equal(said(await ask("db2", "dpl_2")), "go");
      assert.deepEqual(await w.store.read.deployments.locks(["db1"]), [], "nothing is left over");
    });

    it("wait for one whose command isn't stored yet when its deployment ends, and not beyond the window", async () => {
      for (const id of ["db1", "db2"]) {
        w.scripts.set(id, needsReboot);
        await w.addMachine(id, { role: "db" });
      }
      await w.deploy(["db1"], { spec });
      await installOn("db1");
      fenceOf(await ask("db1"));
      const begun = { rebootState: "Started", rebootCommand: "job_rollout.999" } as const;
      await w.store.write((tx) => tx.deployments.patchMachine({ deploymentId: "dpl_1", machineId: "db1" }, begun));
      await w.deploy(["db2"], { id: "dpl_2", spec, closesAt: w.clock.now() + 9 * HOUR });
      await installOn("db2", "dpl_2");
      await w.rollout.end(w.call(), {});
      assert.equal(said(await ask("db2", "dpl_2")), isDown);
      w.clock.advance({ hours: 2 });
      assert.equal(said(await ask("db2", "dpl_2")), "go");
    });

    it("keep to the rules by which another one is down, also when their own window has none", async () => {
      const { reboot } = await db1Reboots();
      w.scripts.set("web1", needsReboot);
      await w.addMachine("web1", { role: "web" });
      await w.deploy(["db2", "web1"], { id: "dpl_2" });
      for (const id of ["db2", "web1"]) await installOn(id, "dpl_2");
      assert.equal(said(await ask("db2", "dpl_2")), isDown);
      assert.equal(said(await ask("web1", "dpl_2")), "go", "nobody of its group is down");
      down.resolve("boot-2");
      await reboot;
      assert.equal(said(await ask("db2", "dpl_2")), "go");
    });

    it("aren't made of a machine that has left the scope which the rules are about", async () => {
      w.scripts.set("db2", needsReboot);
      await w.addMachine("db2", { role: "db" });
      await w.deploy(["db2"], { spec });
      await installOn("db2");
      await w.setMachine("db2", { scope: "/test" });
      const permit = await ask("db2");
      assert.deepEqual(permit, {
        ...{ go: false, again: false, state: "Required" },
        message: "it isn't rebooted: it has left /prod, and the window's rules are about the machines there",
      });
    });
  });

  it("need a permission that is still valid: an older fence, or none, is refused", async () => {
    w.scripts.set("web1", needsReboot);
    await w.deploy(["web1"]);
    await installOn("web1");
    await assert.rejects(w.rollout.reboot(w.call(), "web1", 1), { code: "CONFLICT" });
    const fence = fenceOf(await ask("web1"));
    await assert.rejects(w.rollout.reboot(w.call(), "web1", fence - 1), { code: "CONFLICT" });
    assert.ok(!w.asked.some((one) => one.startsWith("reboot")));
    const call = w.call();
    await w.rollout.reboot(call, "web1", fence);
    assert.equal((await w.rollout.reboot(call, "web1", fence)).state, "Completed", "asked again after a crash");
    await assert.rejects(w.rollout.reboot(w.call(), "web1", fence), { code: "CONFLICT" });
    assert.equal(setAsideBy(await ask("web1")), "Completed");
  });

  it("aren't made by a permission that was kept until the window has closed, a freeze has begun, or somebody has halted or aborted it", async () => {
    const changes: readonly [says: RegExp, happens: (deployment: string) => Promise<unknown> | unknown][] = [
      [/no time is left in the window/, () => w.clock.advance({ hours: 12 })],
      [/the rollout is aborting/, (id) => w.store.write((tx) => tx.deployments.patch(id, { status: "aborting", reason: "stop it" }))],
      [/the rollout is halted/, (id) => w.store.write((tx) => tx.deployments.patch(id, { status: "halted", reason: "wait" }))],
    ];
    for (const [i, [says, happens]] of changes.entries()) {
      const [id, deployment] = [`late${i}`, `dpl_late${i}`];
      w.scripts.set(id, needsReboot);
      await w.deploy([id], { id: deployment });
      await installOn(id, deployment);
      const fence = fenceOf(await ask(id, deployment));
      await happens(deployment);
      const { state, message } = await w.rollout.reboot(w.call(deployment), id, fence);
      assert.equal(state, "Required");
      assert.match(message, says);
      assert.ok(!w.asked.some((one) => one.startsWith(`reboot ${id}`)), w.asked.join("; "));
      assert.equal((await w.store.read.deployments.locks([id]))[0]?.rebooting, false, "it doesn't keep others from rebooting");
      assert.equal((await w.store.read.deployments.machine(deployment, id))?.rebootState, "Required");
    }
  });

  it("have until the window's end less what they take to begin, and a quarter of an hour at most; what its machine hasn't begun isn't down", async () => {
    const given: number[] = [];
    const late = (request: { startWithinMs: number }) => {
      given.push(request.startWithinMs / MINUTE);
      throw new RunwrightError("TOO_LATE", "not begun: its time was over");
    };
    for (const [i, minutes] of [0, 107].entries()) {
      const [id, deployment] = [`web${i}`, `dpl_${i}`];
      w.scripts.set(id, { ...needsReboot, reboot: late });
      await w.deploy([id], { id: deployment });
      await installOn(id, deployment);
      w.clock.advance({ minutes });
      const { state, message } = await w.rollout.reboot(w.call(deployment), id, fenceOf(await ask(id, deployment)));
      assert.deepEqual([state, message], ["Required", "it isn't rebooted: not begun: its time was over"]);
      assert.equal((await w.store.read.deployments.locks([id]))[0]?.rebooting, false, "it doesn't keep others from rebooting");
      const done = await w.rollout.finish(w.call(deployment), id, {});
      assert.deepEqual([done.status, done.message, done.deployment], ["SucceededWithWarnings", "a reboot is still pending", "running"]);
    }
    assert.deepEqual(given, [15, 3]);
  });

  it("give the same permission when asked again after a crash", async () => {
    w.scripts.set("web1", needsReboot);
    await w.deploy(["web1"]);
    await installOn("web1");
    const call = w.call();
    assert.deepEqual(await w.rollout.askReboot(call, "web1"), await w.rollout.askReboot(call, "web1"));
  });

  it("wait while the rollout is halted, and aren't begun when it is aborted, frozen, or out of time", async () => {
    const ids = ["a", "b", "c", "d"];
    for (const id of ids) w.scripts.set(id, needsReboot);
    await w.deploy(ids);
    for (const id of ids) await installOn(id);
    const set = (status: "halted" | "running" | "aborting") => w.store.write((tx) => tx.deployments.patch("dpl_1", { status, reason: "somebody said so" }));
    await set("halted");
    const halted = await ask("a");
    assert.ok(!halted.go && halted.again && halted.halted);
    await set("running");
    w.freezing.now = { name: "f", reason: "the freeze f holds it back", until: 0 };
    assert.equal(setAsideBy(await ask("b")), "Required");
    w.freezing.now = undefined;
    await set("aborting");
    assert.equal(setAsideBy(await ask("c")), "Required");
    await set("running");
    w.clock.advance({ minutes: 119 });
    assert.equal(setAsideBy(await ask("d")), "Required");
  });

  it("under way when it is aborted are let finish, and proven", async () => {
    w.scripts.set("web1", {
      ...needsReboot,
      async reboot() {
        await w.store.write((tx) => tx.deployments.patch("dpl_1", { status: "aborting", reason: "ada has aborted it" }));
        return "boot-2";
      },
    });
    await w.deploy(["web1"]);
    await installOn("web1");
    assert.equal((await w.rollout.reboot(w.call(), "web1", fenceOf(await ask("web1")))).state, "Completed");
    assert.equal((await w.rollout.finish(w.call(), "web1", {})).status, "Succeeded");
    assert.equal((await w.rollout.end(w.call(), {})).status, "aborted");
  });

  it("that nobody asked for are noticed; what was pending is asked again, and no second one is made for nothing", async () => {
    await w.deploy(["web1"]);
    w.scripts.set("web1", {
      async install() {
        await w.reboots("web1", "boot-9");
        return { rebootPending: true };
      },
    });
    await installOn("web1");
    assert.equal(setAsideBy(await ask("web1")), "NotNeeded");
    assert.equal(w.asked.filter((one) => one === "assess web1").length, 2);
    const done = await w.rollout.finish(w.call(), "web1", {});
    assert.deepEqual([done.status, done.message], ["SucceededWithWarnings", "it has rebooted without being asked to"]);
  });

  it("alone can be what a window is for", async () => {
    await w.deploy(["web1"], { updates: [], spec: { reboot: "only" } });
    assert.ok((await w.rollout.begin(w.call(), "web1")).go);
    assert.equal(await w.installEnds(w.call(), "web1"), "none");
    await w.rollout.reboot(w.call(), "web1", fenceOf(await ask("web1")));
    const done = await w.rollout.finish(w.call(), "web1", {});
    assert.deepEqual([done.status, done.message], ["Succeeded", "nothing was to be installed, rebooted"]);
  });

  it("don't follow an install that its owner has refused, that couldn't begin or that came too late, though the window always makes one", async () => {
    const untried = (status: "Cancelled" | "MaintenanceWindowExceeded") => ({ updates: [{ ...installed("bash", status), startedAt: null, endedAt: null }] });
    const refused = () => {
      throw new RunwrightError("AGENT_REFUSED", "the owner forbids");
    };
    const wanted: [answer: string, script: Script][] = [
      ["NotNeeded", { install: refused }],
      ["NotNeeded", { install: () => untried("Cancelled") }],
      ["Required", { install: () => ({ ...untried("MaintenanceWindowExceeded"), rebootPending: true }) }],
      ["go", { install: () => ({ updates: [installed("bash", "Failed")] }) }],
    ];
    for (const [i, [answer, script]] of wanted.entries()) {
      const [id, deployment] = [`web${i}`, `dpl_${i}`];
      w.scripts.set(id, script);
      await w.deploy([id], { id: deployment, spec: { reboot: "always" } });
      await installOn(id, deployment);
      const permit = await ask(id, deployment);
      assert.equal(permit.go ? "go" : setAsideBy(permit), answer);
    }
    await w.deploy(["late"], { id: "dpl_late", spec: { reboot: "always" } });
    assert.ok((await w.rollout.begin(w.call("dpl_late"), "late")).go);
    w.clock.advance({ minutes: 119 });
    await w.rollout.install(w.call("dpl_late"), "late");
    assert.equal(setAsideBy(await ask("late", "dpl_late")), "NotNeeded");
  });

  it("of an install that failed in part are made all the same", async () => {
    w.scripts.set("web1", needsReboot);
    await w.deploy(["web1"], { updates: [planned("bash"), planned("openssl")] });
    await installOn("web1");
    assert.ok((await ask("web1")).go);
  });
});

describe("reboots that are asked for at the same moment", function () {
  this.timeout(120_000);
  withEachStore((open) => {
    it("are allowed to one of a group alone", async () => {
      const w = await world(open);
      try {
        const ids = ["db1", "db2", "db3", "db4", "db5"];
        const spec = { rebootRules: [{ tag: "role" }] };
        for (const id of ids) {
          w.scripts.set(id, { install: () => ({ rebootPending: true }) });
          await w.addMachine(id, { role: "db" });
        }
        await w.deploy(ids, { spec });
        for (const id of ids) {
          await w.rollout.begin(w.call(), id);
          await w.rollout.install(w.call(), id);
        }
        const others = ids.map(() => createRollout(w.parts));
        const answers = await Promise.all(ids.map((id, i) => others[i]?.askReboot(w.call(), id)));
        assert.equal(answers.filter((one) => one?.go).length, 1);
        assert.equal((await w.store.read.deployments.rebooting()).length, 1);
      } finally {
        await w.stop();
      }
    });
  });
});
