import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createPacman } from "../../engine/agent/packages/pacman.ts";
import type { RollbackReport } from "../../engine/core/rollback.ts";
import { rollbackReport } from "../../engine/protocol/rollback.ts";
import { eventually } from "../support/eventually.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { joined, startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, gateLog, gateOf, packages, performOn } from "./install-rig.ts";
import { all, aptOn } from "./packages/apt-rig.ts";

/** What an install has changed: from 1.0-1 to 1.1-1. */
const changed = (...names: string[]) => names.map((name) => ({ ...all(name), fromVersion: "1.0-1" }));
const lines = ({ updates }: RollbackReport) => updates.map(({ name, status, message }) => `${name} ${status}${message === "" ? "" : `: ${message}`}`);

describe("the action that takes an install back, on a real host", function () {
  this.timeout(120_000);
  const lab = useAptLab();
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const agentOn = async (host: LabHost): Promise<TestAgent> => {
    const agent = await startTestAgent(engine, { adapters: [aptOn(host)] });
    cleanUp.push(() => agent.stop());
    return agent;
  };
  async function rolledBack(machineId: string, args: object): Promise<RollbackReport> {
    const report = await performOn(engine, ask(machineId, "rollback", args));
    assert.ok(rollbackReport.Check(report), JSON.stringify(report));
    return report;
  }

  it("goes back where it can, says of the rest why it can't, and judges by the package database", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-conf", "lab-curl", "lab-newdep"] });
    const { machineId, stateDirectory } = await agentOn(host);
    await performOn(engine, ask(machineId, "install", { updates: packages("lab-tools", "lab-conf", "lab-curl", "lab-newdep") }));
    await host.run("apt-get", "-y", "install", "lab-curl=1.2-1"); // somebody went on
    const updates = [
      ...changed("lab-tools", "lab-curl"),
      { ...all("lab-newlib"), fromVersion: null },
      { ...all("lab-conf"), fromVersion: "0.9-1" },
      { ...all("linux-image-6.1.0-1-amd64"), fromVersion: "6.1.1-1" },
    ];
    const expected = [
      "lab-curl NotPossible: it is 1.2-1 now, and not what that install has left (1.1-1): somebody has changed it since",
      "lab-newlib NotPossible: it was new on this machine: there is no earlier version to go back to",
      "lab-conf NotPossible: 0.9-1 of lab-conf (all) isn't offered by any repository any more, and isn't in the archive cache",
      "linux-image-6.1.0-1-amd64 NotPossible: a kernel isn't taken back: boot the older one, which is still installed where the system keeps several",
    ];
    const planned = await rolledBack(machineId, { updates, plan: true });
    assert.deepEqual(lines(planned), ["lab-tools NotStarted", ...expected]);
    assert.equal(await host.state("lab-tools"), "1.1-1 ii", "a plan changes nothing");
    const report = await rolledBack(machineId, { updates });
    assert.deepEqual(lines(report), ["lab-tools Succeeded", ...expected]);
    const states = await Promise.all(["lab-tools", "lab-conf", "lab-curl"].map(host.state));
    assert.deepEqual(states, ["1.0-1 ii", "1.1-1 ii", "1.2-1 ii"]);
    assert.match(await readFile(report.logFile, "utf8"), /Unpacking lab-tools \(1\.0-1\) over \(1\.1-1\)/);
    assert.ok(
      (await engine.updates.ofMachine(machineId)).updates.some(({ name }) => name === "lab-tools"),
      "it is reported as missing again",
    );
    for (const folder of ["installs", "rollbacks"]) assert.deepEqual(await readdir(join(stateDirectory, folder)), []);
    assert.deepEqual(lines(await rolledBack(machineId, { updates: changed("lab-tools") })), [
      "lab-tools Succeeded: it is at 1.0-1: there was nothing to take back",
    ]);
  });

  it("says plainly that a package manager which can't go back can't", async () => {
    const run = async (file: string, args: readonly string[]) => (file === "pacman" && args[0] === "-Q" ? "bash 5.2-1\n" : "");
    const agent = await startTestAgent(engine, { adapters: [{ ...createPacman({ run }), detect: async () => true }] });
    cleanUp.push(() => agent.stop());
    const updates = [{ name: "bash", architecture: "any", version: "5.2-1", fromVersion: "5.1-1" }];
    assert.deepEqual(lines(await rolledBack(agent.machineId, { updates })), ["bash NotPossible: pacman can't go back to an exact earlier version"]);
  });

  it("is refused where the owner lets updates in only, unless they list it", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const { machineId, stateDirectory } = await agentOn(host);
    await performOn(engine, ask(machineId, "install", { updates: packages("lab-tools") }));
    const policy = (value: object) => writeFile(join(stateDirectory, "policy.json"), JSON.stringify(value), { mode: 0o600 });
    await policy({ updateOnly: true });
    await assert.rejects(rolledBack(machineId, { updates: changed("lab-tools") }), code("AGENT_REFUSED", /older versions back/));
    assert.equal(await host.state("lab-tools"), "1.1-1 ii");
    await policy({ updateOnly: true, actions: ["inventory", "assess", "install", "rollback"] });
    assert.deepEqual(lines(await rolledBack(machineId, { updates: changed("lab-tools") })), ["lab-tools Succeeded"]);
  });

  it("refuses what isn't a list of changed packages, or names one twice", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const { machineId } = await agentOn(host);
    await assert.rejects(rolledBack(machineId, { updates: [all("lab-tools")] }), code("BAD_REQUEST"));
    await assert.rejects(rolledBack(machineId, { updates: [...changed("lab-tools"), ...changed("lab-tools")] }), code("BAD_REQUEST", /twice/));
  });

  it("goes on by itself when agent and package manager are killed in the middle, and ends at the old versions", async () => {
    const host = await lab.host({ packages: ["lab-tools", "lab-gate"] });
    const { home, stateDirectory, machineId } = await joined(engine);
    cleanUp.push(() => home.remove());
    let child = await agentProcess(stateDirectory, host);
    const end = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    };
    cleanUp.push(end, () => host.kill());
    // lab-gate 1.0 has no scripts: its older version can't wait, so the trap is the preinst of a newer one beside it, rebuilt under an older number.
    await performOn(engine, ask(machineId, "install", { updates: packages("lab-tools", "lab-gate") }));
    await trapOlderVersion(host, lab.repository());
    await writeFile(gateOf(host, "configure"), "");
    await rm(gateLog(host), { force: true });
    const rolling = rolledBack(machineId, { updates: changed("lab-tools", "lab-gate") });
    rolling.catch(() => {});
    await eventually("the older version is being configured", async () => (await readFile(gateLog(host), "utf8").catch(() => "")).includes("configure"));
    await end();
    assert.ok((await host.kill()) > 0);
    await rm(gateOf(host, "configure"));
    child = await agentProcess(stateDirectory, host);
    const report = await rolling;
    assert.deepEqual(lines(report), ["lab-tools Succeeded", "lab-gate Succeeded"]);
    assert.equal(report.resumed, 1);
    assert.deepEqual(await Promise.all(["lab-tools", "lab-gate"].map(host.state)), ["1.0-1 ii", "1.0-1 ii"]);
  });
});

async function agentProcess(stateDirectory: string, host: LabHost): Promise<ChildProcess> {
  const main = join(import.meta.dirname, "lab-agent-process.ts");
  const child = spawn(process.execPath, [main, stateDirectory, host.directory, JSON.stringify(host.environment)], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

/** Puts a lab-gate 1.0-1 that waits as 1.1-1 does into the host's archive cache; repositories offer nothing any more, so that it is the one that is taken. */
async function trapOlderVersion(host: LabHost, repository: string): Promise<void> {
  const tree = join(host.directory, "tmp/older");
  const newer = join(repository, "debian/pool/main/l/lab-gate/lab-gate_1.1-1_all.deb");
  const archives = join(host.directory, "var/cache/apt/archives");
  const steps = [
    `dpkg-deb -R ${newer} ${tree}`,
    `sed -i 's/^Version: .*/Version: 1.0-1/' ${tree}/DEBIAN/control`,
    `mkdir -p ${archives}`,
    `dpkg-deb --root-owner-group -b ${tree} ${archives}/lab-gate_1.0-1_all.deb`,
    `cp ${repository}/debian/pool/main/l/lab-tools/lab-tools_1.0-1_all.deb ${archives}/`,
    `: > ${join(host.directory, "etc/apt/sources.list.d/lab.sources")}`,
    "apt-get update",
  ];
  const { exitCode, output } = await host.run("sh", "-ec", steps.join("\n"));
  assert.equal(exitCode, 0, output);
}
