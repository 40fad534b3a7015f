import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { canMount, type Machine, startMachine } from "../support/lab-machine.ts";
import { skip } from "../support/skip.ts";
import { joined } from "./agent-under-test.ts";
import { code, request } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, gateLog, gateOf, outcomes, packages, performOn } from "./install-rig.ts";

const AGENT = join(import.meta.dirname, "lab-agent-process.ts");
const STATE = "/var/lib/agent";

describe("an agent on a machine of its own", function () {
  this.timeout(120_000);
  const lab = useAptLab();
  let engine: TestEngine;
  let host: LabHost;
  let machineId: string;
  let machine: Machine;
  const cleanUp: (() => Promise<unknown>)[] = [];

  before(function () {
    if (!canMount()) skip(this, "machines of their own need root, or a kernel that lets users make user namespaces with overlay file systems");
  });
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
    host = await lab.host({ extra: 2 });
    const member = await joined(engine);
    cleanUp.push(() => member.home.remove());
    await cp(member.stateDirectory, join(host.directory, STATE), { recursive: true });
    ({ machineId } = member);
  });
  afterEach(async () => {
    await machine.powerCut();
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  /** @param before a shell script, before the agent */
  async function start(how: "boot" | "wake", before = ""): Promise<void> {
    const agent = [process.execPath, AGENT, STATE, "/", "{}"].map((word) => `'${word}'`).join(" ");
    machine = startMachine(host.directory, ["bash", "-ec", `${before}\nexec ${agent}`], { start: how, binds: [lab.repository()] });
    await machine.until(/^connected$/m);
  }
  const bootId = async () => (await readFile(join(host.directory, ".lab/boot_id"), "utf8")).trim();
  const setPolicy = (policy: object) => writeFile(join(host.directory, STATE, "policy.json"), JSON.stringify(policy));
  const reaches = (phase: "unpack" | "configure") =>
    eventually(`the ${phase}`, async () => (await readFile(gateLog(host), "utf8").catch(() => "")).split("\n").includes(phase));

  it("reboots it: proven by the boot id, and no longer pending afterwards", async function () {
    if (spawnSync("systemctl", ["--version"]).error) skip(this, "there is no systemctl to reboot with");
    await setPolicy({ rebootCommand: ["systemctl", "reboot", "-ff"] });
    await start("boot");
    const installed = await performOn(engine, ask(machineId, "install", { updates: packages("lab-kernel") }));
    assert.deepEqual([installed.rebootPending, installed.rebootReasons], [true, ["asked for by lab-kernel"]]);
    const before = await bootId();
    const report = performOn(engine, ask(machineId, "reboot", { reason: "test", bootId: before }));
    assert.equal(await machine.ended, 129, "the machine didn't reboot");
    await start("boot");
    const { bootIdBefore, bootId: after, downMs } = await report;
    assert.deepEqual([bootIdBefore, after], [before, await bootId()]);
    assert.notEqual(after, before);
    assert.ok(downMs > 0);
    await eventually("the report of the next boot", async () => (await engine.updates.assessmentOf(machineId)).rebootPending === false);
    assert.deepEqual(await performOn(engine, ask(machineId, "reboot", { reason: "again", bootId: before })), {
      bootIdBefore: before,
      bootId: after,
      downMs: null,
    });
  });

  it("doesn't reboot it while somebody else's package manager is at work", async function () {
    if (spawnSync("systemctl", ["--version"]).error) skip(this, "there is no systemctl to reboot with");
    await setPolicy({ rebootCommand: ["systemctl", "reboot", "-ff"] });
    await start("boot");
    await writeFile(gateOf(host, "configure"), "");
    const byHand = performOn(engine, request(machineId, ["apt-get", "-y", "install", "lab-gate"]));
    await reaches("configure");
    const reboot = ask(machineId, "reboot", { reason: "test", bootId: await bootId() });
    const report = performOn(engine, reboot);
    await eventually("its start", async () => (await engine.store.read.commands.get(reboot.id))?.acknowledgedAt);
    await rm(gateOf(host, "configure"));
    assert.equal((await byHand).exitCode, 0);
    assert.equal(await machine.ended, 129);
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
    await start("boot");
    assert.equal((await report).bootId, await bootId());
  });

  for (const [phase, state] of [
    ["configure", /iF$/],
    ["unpack", /iHR$/],
  ] as const) {
    it(`goes on with an install by itself after a power cut in mid-${phase}, once the power is back`, async () => {
      await start("boot");
      await writeFile(gateOf(host, phase), "");
      const report = performOn(engine, ask(machineId, "install", { updates: packages("lab-tools", "lab-gate", "lab-pkg-001") }));
      await reaches(phase);
      await machine.powerCut();
      assert.match(await host.state("lab-gate"), state);
      await rm(gateOf(host, phase));
      await start("boot");
      const told = await report;
      assert.deepEqual(outcomes(told), ["lab-tools Succeeded", "lab-gate Succeeded", "lab-pkg-001 Succeeded"]);
      assert.equal(told.resumed, 1);
      assert.ok(told.repairs.length > 0);
      for (const name of ["lab-tools", "lab-gate", "lab-pkg-001"]) assert.equal(await host.state(name), "1.1-1 ii", name);
      assert.equal(await host.state("lab-pkg-002"), "1.0-1 ii");
    });
  }

  it("says of each update that the disk is full, and installs once there is room", async () => {
    // No room for one more file where the packages' files go; it vanishes with the machine.
    await start("boot", "mount -t tmpfs -o nr_inodes=1 full /usr/share/lab");
    const report = await performOn(engine, ask(machineId, "install", { updates: packages("lab-tools", "lab-pkg-001") }));
    assert.deepEqual(outcomes(report), ["lab-tools Failed", "lab-pkg-001 Failed"]);
    for (const { message } of report.updates) assert.match(message, /No space left on device/);
    await machine.powerCut();
    await start("boot");
    assert.deepEqual(outcomes(await performOn(engine, ask(machineId, "install", { updates: packages("lab-tools", "lab-pkg-001") }))), [
      "lab-tools Succeeded",
      "lab-pkg-001 Succeeded",
    ]);
  });

  it("begins nothing when the disk is too full to write down how far it has come", async () => {
    await start("boot", `mkdir -p ${STATE}/installs; mount -t tmpfs -o nr_inodes=1 full ${STATE}/installs`);
    await assert.rejects(performOn(engine, ask(machineId, "install", { updates: packages("lab-tools") })), code("DISK_FULL", /can't be written down/));
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("fetches no lists onto a full disk, and says so in its report", async () => {
    await start("boot", "mount -t tmpfs -o nr_inodes=3 full /var/lib/apt/lists");
    await performOn(engine, ask(machineId, "assess", { refresh: true }));
    const assessment = await engine.store.read.updates.currentAssessment(machineId);
    assert.match(assessment?.problems.join() ?? "", /package lists couldn't be fetched: .*No space left on device/);
  });
});
