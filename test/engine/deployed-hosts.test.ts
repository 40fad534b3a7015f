import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeploymentMachine } from "../../engine/protocol/http/deployments.ts";
import { gateOf } from "../agent/install-rig.ts";
import { eventually } from "../support/eventually.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { type LabFleet, startLabFleet, waitsAtGate } from "./lab-fleet.ts";

/** Nothing is played here: an engine, the runbooks of the solution, agents in processes of their own, apt and dpkg on hosts. */
describe("deployments on real hosts", function () {
  this.timeout(240_000);
  const lab = useAptLab();
  let fleet: LabFleet;
  beforeEach(async () => {
    fleet = await startLabFleet();
  });
  afterEach(() => fleet.stop());

  const only = async (id: string): Promise<DeploymentMachine> => {
    const [machine, ...others] = await fleet.machines(id);
    assert.ok(machine && others.length === 0);
    return machine;
  };
  const forgetRepositories = (host: LabHost) => writeFile(join(host.directory, "etc/apt/sources.list.d/lab.sources"), "");

  it("let a postinst that takes longer than the window finish, begin nothing after it, and take its late report", async () => {
    const host = await lab.host({ packages: ["lab-gate"] });
    await fleet.join(host, "web1");
    await writeFile(gateOf(host, "configure"), "");
    const { id } = await fleet.open({ reboot: "never" });
    await waitsAtGate(host, "configure");
    fleet.closeWindow(id);
    await fleet.ended(id);
    const machine = await only(id);
    assert.deepEqual(
      [machine.status, machine.message],
      ["MaintenanceWindowExceeded", "it is still installing, and isn't interrupted; what it reports later is kept"],
    );
    await rm(gateOf(host, "configure"));
    const late = await eventually(
      "its late report",
      async () => {
        const now = await only(id);
        return now.status === "MaintenanceWindowExceeded" ? undefined : now;
      },
      60_000,
    );
    assert.deepEqual([late.status, await host.state("lab-gate")], ["SucceededWithWarnings", "1.1-1 ii"]);
    assert.match(late.message, /late, it had counted as MaintenanceWindowExceeded/);
  });

  it("set a machine aside whose planned version has vanished from the repositories, and change nothing", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    await fleet.join(host, "web1");
    await forgetRepositories(host);
    const { id } = await fleet.open();
    await fleet.ended(id);
    const machine = await only(id);
    assert.equal(machine.status, "PlanDrift", machine.message);
    assert.match(machine.message, /lab-tools: planned 1\.1-1, which isn't offered any more/);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("fail an update whose version vanishes after the machine has looked, in apt's words", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-gate"] });
    await fleet.join(host, "web1");
    // Between the look and the install: a hook of the window that takes the version away.
    const sources = join(host.directory, "etc/apt/sources.list.d/lab.sources");
    const vanish = ["/usr/bin/env", `APT_CONFIG=${host.environment.APT_CONFIG}`, "sh", "-c", `: > ${sources}; apt-get update`];
    const { id } = await fleet.open({ hooks: [{ at: "beforeMachine", command: vanish }], errorBudget: "1" });
    await fleet.ended(id);
    const machine = await only(id);
    assert.equal(machine.status, "Failed");
    assert.match(machine.message, /2 of 2 updates failed: lab-\w+: .*Version '1\.1-1' for 'lab-\w+' was not found/);
    assert.deepEqual(await Promise.all(["lab-tools", "lab-gate"].map(host.state)), ["1.0-1 ii", "1.0-1 ii"]);
  });

  it("refuse an update that removes others, name what it would remove, and install the rest; a window may allow it", async () => {
    const host = await lab.host({ packages: ["lab-rival", "lab-loser", "lab-tools"] });
    await fleet.join(host, "web1");
    const refused = await fleet.open({ errorBudget: "1" });
    await fleet.ended(refused.id);
    const machine = await only(refused.id);
    assert.equal(machine.status, "Failed");
    assert.match(machine.message, /1 of 2 updates failed: lab-rival: it would remove lab-loser, and removals aren't allowed/);
    assert.deepEqual(await Promise.all(["lab-rival", "lab-loser", "lab-tools"].map(host.state)), ["1.0-1 ii", "1.0-1 ii", "1.1-1 ii"]);
    const allowed = await fleet.open({ allowRemovals: true });
    await fleet.ended(allowed.id);
    assert.deepEqual([(await only(allowed.id)).status, await host.state("lab-rival")], ["Succeeded", "1.1-1 ii"]);
    assert.doesNotMatch(await host.state("lab-loser"), /ii/);
  });

  it("go on installing while the connection is cut for the whole window, count the machine as lost, and correct that when it is back", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    const member = await fleet.join(host, "web1");
    await writeFile(gateOf(host, "configure"), "");
    const { id } = await fleet.open({ errorBudget: "1", reboot: "never" });
    await waitsAtGate(host, "configure");
    await member.cut();
    await rm(gateOf(host, "configure"));
    await eventually("it is installed without its engine", async () => (await host.state("lab-gate")) === "1.1-1 ii", 30_000);
    await eventually(
      "it counts as offline",
      async () => (await fleet.engine.request<{ state: string }>("GET", "/api/v1/machines/web1")).body.state === "offline",
      90_000,
    );
    fleet.closeWindow(id);
    await fleet.ended(id);
    assert.equal((await only(id)).status, "AgentLost");
    await member.mend();
    const back = await eventually(
      "its report",
      async () => {
        const now = await only(id);
        return now.status === "AgentLost" ? undefined : now;
      },
      90_000,
    );
    assert.equal(back.status, "SucceededWithWarnings");
    assert.match(back.message, /late, it had counted as AgentLost/);
    assert.deepEqual(await Promise.all(["lab-gate", "lab-tools"].map(host.state)), ["1.1-1 ii", "1.1-1 ii"]);
  });

  it("go on when agent and dpkg are killed in mid-install, mend what that has left, and tell it", async () => {
    const host = await lab.host({ packages: ["lab-gate", "lab-tools"] });
    const member = await fleet.join(host, "web1");
    await writeFile(gateOf(host, "configure"), "");
    const { id } = await fleet.open({ reboot: "never" });
    await waitsAtGate(host, "configure");
    await member.killAgent();
    assert.ok((await host.kill()) > 0);
    assert.match(await host.state("lab-gate"), /iF/);
    await rm(gateOf(host, "configure"));
    await member.startAgent();
    const ended = await fleet.ended(id);
    const machine = await only(id);
    assert.deepEqual([ended.status, machine.status], ["succeeded", "SucceededWithWarnings"], machine.message);
    assert.match(machine.message, /the install was interrupted, and went on; mended first: dpkg --configure -a/);
    assert.deepEqual(await Promise.all(["lab-gate", "lab-tools"].map(host.state)), ["1.1-1 ii", "1.1-1 ii"]);
  });

  it("leave a machine alone whose snapshot failed, and go on with the others", async () => {
    const [first, second] = [await lab.host({ packages: ["lab-tools"] }), await lab.host({ packages: ["lab-tools"] })];
    await fleet.join(first, "web1");
    await fleet.join(second, "web2");
    // Exec of these agents runs on this computer: the host's name is told by where its agent keeps its state.
    const snapshot = [
      "/bin/sh",
      "-c",
      `test "$(cat ${join(first.directory, "etc/full")} 2>/dev/null)" != full || { echo "no space left in the volume group" >&2; exit 5; }`,
    ];
    await writeFile(join(first.directory, "etc/full"), "full");
    const { id } = await fleet.open({ waves: "1, rest", errorBudget: "1", hooks: [{ at: "beforeMachine", command: snapshot }] });
    await eventually("web1 has failed", async () => (await fleet.machines(id)).some(({ status }) => status === "Failed"), 60_000);
    await writeFile(join(first.directory, "etc/full"), "");
    await fleet.ended(id);
    const [web1, web2] = await fleet.machines(id);
    assert.equal(web1?.status, "Failed");
    assert.match(web1?.message ?? "", /beforeMachine, .*no space left in the volume group/);
    assert.equal(await first.state("lab-tools"), "1.0-1 ii", "it wasn't patched");
    assert.deepEqual([web2?.status, await second.state("lab-tools")], ["Succeeded", "1.1-1 ii"]);
  });

  it("are rolled back by the command: first a plan, then the versions before, with what can't go back said plainly", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-epoch", "lab-curl"] });
    await fleet.join(host, "web1");
    const { id } = await fleet.open({ reboot: "never" });
    await fleet.ended(id);
    const states = () => Promise.all(["lab-tools", "lab-epoch", "lab-curl"].map(host.state));
    assert.deepEqual(await states(), ["1.1-1 ii", "1:2.0-1 ii", "1.2-1 ii"]);
    await host.run("apt-get", "-y", "-o", "Dpkg::Options::=--force-downgrade", "--allow-downgrades", "install", "lab-curl=1.1-1"); // somebody was there already

    const refused = await fleet.command("deployment", "rollback", id);
    assert.equal(refused.code, 2, refused.stderr);
    const plan = await fleet.command("deployment", "rollback", id, "--plan");
    assert.match(plan.stdout, /web1 +lab-tools +1\.1-1 +1\.0-1 +go back/, plan.stderr);
    assert.match(plan.stdout, /web1 +lab-curl +1\.2-1 +1\.0-1 +not possible +it is 1\.1-1 now, and not what that install has left/);
    assert.equal(plan.code, 1);
    assert.deepEqual(await states(), ["1.1-1 ii", "1:2.0-1 ii", "1.1-1 ii"], "a plan changes nothing");

    const done = await fleet.command("deployment", "rollback", id, "--machine", "web1", "--reason", "it broke the shop");
    assert.match(done.stdout, /web1 +lab-epoch +1:2\.0-1 +1:2\.0~rc1-1 +went back/, done.stderr);
    assert.deepEqual([done.code, await states()], [1, ["1.0-1 ii", "1:2.0~rc1-1 ii", "1.1-1 ii"]]);
    const machine = await only(id);
    assert.equal(machine.status, "Succeeded", "how it ended stays");
    assert.match(machine.message, /rolled back by job_\w+: 2 of 3 updates went back; lab-curl: it is 1\.1-1 now/);
    const { body } = await fleet.engine.request<{ items: { operation: string }[] }>("GET", "/api/v1/activity?limit=50");
    const operations = new Set(body.items.map(({ operation }) => operation));
    for (const operation of ["deployment.rollback", "machine.rollback"]) assert.ok(operations.has(operation), operation);
  });
});
