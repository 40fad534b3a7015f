import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstalledUpdate, InstallReport } from "../../engine/core/install.ts";
import type { OpenedChunk } from "../../engine/fleet/command-seal.ts";
import type { CommandRequest } from "../../engine/fleet/commands.ts";
import { eventually } from "../support/eventually.ts";
import { holdLock, type LabHost, useAptLab } from "../support/lab.ts";
import { joined, startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code } from "./command-rig.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { all, aptOn } from "./packages/apt-rig.ts";

let made = 0;
const command = (machineId: string, action: string, args: object): CommandRequest => ({
  ...{ id: `cmd_install${++made}`, machineId, action, jobId: "job_1", actor: ACTOR, correlationId: "test" },
  args: { timeoutMs: 60_000, ...args },
});
const outcome = ({ updates }: InstallReport) => updates.map(({ name, fromVersion, version, status }) => `${name} ${fromVersion} ${version} ${status}`);

/** Whether lab-gate is being configured: it waits as long as its file is there. */
const hasReached = async (host: LabHost) => (await readFile(join(host.directory, "var/log/lab-gate.log"), "utf8").catch(() => "")).includes("configure");

describe("the actions of an agent that change packages, on a real host", function () {
  this.timeout(60_000);
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

  const perform = (request: CommandRequest, onOutput?: (chunk: OpenedChunk) => void) =>
    engine.fleet.commands.perform(request, { onOutput }) as Promise<InstallReport>;
  const agentOn = async (host: LabHost): Promise<TestAgent> => {
    const agent = await startTestAgent(engine, { adapters: [aptOn(host)] });
    cleanUp.push(() => agent.stop());
    return agent;
  };
  const missingOn = async (machineId: string) => (await engine.updates.ofMachine(machineId)).updates.map(({ name }) => name);

  describe("install", () => {
    it("installs what was chosen, tells of each update as it goes, and reports what is missing then", async () => {
      const host = await lab.host({ packages: ["lab-tools", "lab-fail", "lab-curl"] });
      const { machineId, stateDirectory } = await agentOn(host);
      const chunks: OpenedChunk[] = [];
      const request = command(machineId, "install", { updates: [all("lab-tools"), all("lab-fail")] });
      const report = await perform(request, (chunk) => chunks.push(chunk));
      assert.deepEqual(outcome(report), ["lab-tools 1.0-1 1.1-1 Succeeded", "lab-fail 1.0-1 1.1-1 Failed"]);
      assert.match(report.updates[1]?.message ?? "", /cannot start the service/);
      assert.deepEqual(await Promise.all(["lab-tools", "lab-curl"].map(host.state)), ["1.1-1 ii", "1.0-1 ii"]);
      const told = chunks.filter(({ stream }) => stream === "stdout").flatMap(({ chunk }) => chunk.trim().split("\n"));
      const statuses = told.map((line) => JSON.parse(line) as InstalledUpdate).map(({ name, status }) => `${name} ${status}`);
      assert.deepEqual(statuses, ["lab-tools InProgress", "lab-fail InProgress", "lab-tools Succeeded", "lab-fail Failed"]);
      const words = chunks.filter(({ stream }) => stream === "stderr").map(({ chunk }) => chunk);
      assert.match(words.join(""), /Setting up lab-tools \(1\.1-1\)/);
      assert.match(await readFile(report.logFile, "utf8"), /Setting up lab-tools \(1\.1-1\)/);
      assert.deepEqual(await missingOn(machineId), ["lab-curl"]);
      assert.deepEqual(await readdir(join(stateDirectory, "installs")), []);
    });

    it("lets no batch begin when its time is over", async () => {
      const host = await lab.host({ packages: ["lab-tools"] });
      const { machineId } = await agentOn(host);
      const report = await perform(command(machineId, "install", { updates: [all("lab-tools")], startWithinMs: 0 }));
      assert.deepEqual(outcome(report), ["lab-tools 1.0-1 1.1-1 MaintenanceWindowExceeded"]);
      assert.equal(await host.state("lab-tools"), "1.0-1 ii");
    });

    it("lets a batch end when it is cancelled, and begins no other", async () => {
      const packages = ["lab-gate", "lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005"];
      const host = await lab.host({ packages: ["lab-gate"], extra: 5 });
      const { machineId, stateDirectory } = await agentOn(host);
      const gate = join(host.directory, "etc/lab-gate.configure");
      await writeFile(gate, "");
      const request = command(machineId, "install", { updates: packages.map((name) => all(name)) });
      const cancelled = assert.rejects(perform(request), code("COMMAND_CANCELLED"));
      await eventually("the gate", () => hasReached(host));
      await engine.fleet.commands.cancel(request.id);
      await cancelled;
      await rm(gate);
      await eventually("its end", async () => (await readdir(join(stateDirectory, "installs"))).length === 0);
      assert.deepEqual(await Promise.all(packages.map(host.state)), [...new Array<string>(5).fill("1.1-1 ii"), "1.0-1 ii"]);
    });

    it("is one at a time: a second one waits for its turn", async () => {
      const host = await lab.host({ packages: ["lab-tools", "lab-curl"] });
      const { machineId } = await agentOn(host);
      const reports = await Promise.all(["lab-tools", "lab-curl"].map((name) => perform(command(machineId, "install", { updates: [all(name)] }))));
      assert.deepEqual(reports.flatMap(outcome), ["lab-tools 1.0-1 1.1-1 Succeeded", "lab-curl 1.0-1 1.1-1 Succeeded"]);
    });

    it("says who holds the package manager when that doesn't end", async () => {
      const host = await lab.host({ packages: ["lab-tools"] });
      const { machineId } = await agentOn(host);
      const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
      cleanUp.push(() => holder.release());
      const report = await perform(command(machineId, "install", { updates: [all("lab-tools")], lockTimeoutMs: 50 }));
      assert.equal(report.updates[0]?.status, "Failed");
      assert.match(report.updates[0]?.message ?? "", new RegExp(`perl \\(process ${holder.pid}\\) uses the package manager.*PACKAGE_MANAGER_BUSY`));
    });

    it("refuses what isn't a list of updates", async () => {
      const host = await lab.host({ packages: ["lab-tools"] });
      const { machineId } = await agentOn(host);
      await assert.rejects(perform(command(machineId, "install", { updates: [{ name: "lab-tools" }] })), code("BAD_REQUEST", /name, architecture and version/));
    });
  });

  describe("install, when its agent is killed or stopped in the middle", () => {
    let child: ChildProcess;
    const startProcess = async (stateDirectory: string, host: LabHost) => {
      const args = [join(import.meta.dirname, "lab-agent-process.ts"), stateDirectory, host.directory, JSON.stringify(host.environment)];
      child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout as NodeJS.ReadableStream, "data");
    };
    const end = async (signal: NodeJS.Signals) => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    };
    afterEach(() => end("SIGKILL"));

    for (const [what, how] of [
      ["killed, while the package manager goes on", { signal: "SIGKILL", power: false }],
      ["killed together with the package manager, as in a power cut", { signal: "SIGKILL", power: true }],
      ["stopped, while the package manager goes on", { signal: "SIGTERM", power: false }],
    ] as const) {
      it(`goes on by itself: ${what}`, async () => {
        const host = await lab.host({ packages: ["lab-gate", "lab-tools", "lab-curl"] });
        const { home, stateDirectory, machineId } = await joined(engine);
        cleanUp.push(() => home.remove());
        await startProcess(stateDirectory, host);
        const gate = join(host.directory, "etc/lab-gate.configure");
        await writeFile(gate, "");
        const request = command(machineId, "install", { updates: [all("lab-gate"), all("lab-tools")] });
        const report = perform(request);
        await eventually("the gate", () => hasReached(host));
        await end(how.signal);
        if (how.power) assert.ok((await host.kill()) > 0);
        await rm(gate);
        await startProcess(stateDirectory, host);
        const { updates, resumed } = await report;
        assert.deepEqual(
          updates.map(({ name, fromVersion, status }) => `${name} ${fromVersion} ${status}`),
          ["lab-gate 1.0-1 Succeeded", "lab-tools 1.0-1 Succeeded"],
        );
        assert.equal(resumed, 1);
        assert.deepEqual(await Promise.all(["lab-gate", "lab-tools", "lab-curl"].map(host.state)), ["1.1-1 ii", "1.1-1 ii", "1.0-1 ii"]);
        // Asked for again, it is answered, not repeated.
        assert.equal((await perform(request)).resumed, 1);
      });
    }
  });

  describe("assess", () => {
    it("fetches lists and reports what they offer", async () => {
      const host = await lab.host({ packages: ["lab-tools"] });
      const { machineId } = await agentOn(host);
      await perform(command(machineId, "assess", { refresh: true }));
      assert.deepEqual(await missingOn(machineId), ["lab-tools"]);
      assert.deepEqual((await engine.store.read.updates.currentAssessment(machineId))?.problems, []);
    });

    it("reports what is known when lists can't be fetched, and says why; the machine can't become compliant by that", async () => {
      const host = await lab.host({ packages: ["lab-tools"] });
      const { machineId } = await agentOn(host);
      await writeFile(join(host.directory, "etc/apt/sources.list.d/gone.list"), "deb [trusted=yes] file:/nowhere/at/all bookworm main\n");
      await perform(command(machineId, "assess", { refresh: true }));
      const assessment = await engine.store.read.updates.currentAssessment(machineId);
      assert.match(assessment?.problems.join() ?? "", /the package lists couldn't be fetched: .*\/nowhere\/at\/all.*REPOSITORY_UNUSABLE/);
      assert.deepEqual(await missingOn(machineId), ["lab-tools"]);
    });
  });
});

describe("the action reboot of an agent", () => {
  let engine: TestEngine;
  let agent: TestAgent;
  let boot = "boot-1";
  let atWork: string[] = [];
  beforeEach(async () => {
    atWork = [];
    engine = await startTestEngine();
    boot = "boot-1";
    agent = await startTestAgent(engine, { bootId: async () => boot, packageManagersAtWork: async () => atWork });
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });
  const rebootWith = (rebootCommand: readonly string[]) =>
    writeFile(join(agent.stateDirectory, "policy.json"), JSON.stringify({ rebootCommand }), { mode: 0o600 });
  const reboot = (bootId = "boot-1") => {
    const request = command(agent.machineId, "reboot", { reason: "test", bootId });
    return { id: request.id, report: engine.fleet.commands.perform(request) as Promise<unknown> };
  };

  it("ends when the agent is back under another boot id, and runs its command once", async () => {
    const file = join(agent.stateDirectory, "asked");
    await rebootWith(["sh", "-c", 'echo x >> "$0"', file]);
    const { report } = reboot();
    await eventually("the command", async () => (await readFile(file, "utf8").catch(() => "")) !== "");
    boot = "boot-2";
    await agent.restart();
    const { bootIdBefore, bootId } = (await report) as { bootIdBefore: string; bootId: string };
    assert.deepEqual([bootIdBefore, bootId, await readFile(file, "utf8")], ["boot-1", "boot-2", "x\n"]);
  });

  it("does nothing when the machine has rebooted since it was asked for", async () => {
    await rebootWith(["false"]);
    boot = "boot-2";
    assert.deepEqual(await reboot().report, { bootIdBefore: "boot-1", bootId: "boot-2", downMs: null });
  });

  it("fails with the words of a command that fails, and when it can't be started", async () => {
    await rebootWith(["sh", "-c", "echo not now >&2; exit 3"]);
    await assert.rejects(reboot().report, code("REBOOT_FAILED", /ended with 3: not now/));
    await rebootWith(["/nowhere/reboot"]);
    await assert.rejects(reboot().report, code("REBOOT_FAILED", /can't be started/));
  });

  it("isn't taken for done when the agent comes back in the same boot", async () => {
    const file = join(agent.stateDirectory, "asked");
    await rebootWith(["sh", "-c", 'echo x >> "$0"', file]);
    const { id, report } = reboot();
    report.catch(() => {});
    await eventually("the command", async () => (await readFile(file, "utf8").catch(() => "")) !== "");
    await agent.restart();
    assert.equal((await engine.store.read.commands.get(id))?.endedAt, null);
    await engine.fleet.commands.cancel(id);
    await assert.rejects(report, code("COMMAND_CANCELLED"));
  });

  it("waits for package managers that are at work on the machine, whoever started them", async () => {
    const file = join(agent.stateDirectory, "asked");
    await rebootWith(["sh", "-c", 'echo x >> "$0"', file]);
    atWork = ["apt-get (1234)"];
    const { id, report } = reboot();
    await eventually("its start", async () => (await engine.store.read.commands.get(id))?.acknowledgedAt);
    assert.equal(await readFile(file, "utf8").catch(() => "nothing"), "nothing");
    atWork = [];
    await eventually("the command", async () => (await readFile(file, "utf8").catch(() => "")) !== "");
    boot = "boot-2";
    await agent.restart();
    await report;
  });

  it("can't be proven where the system doesn't say which boot it runs", async () => {
    boot = "";
    await assert.rejects(reboot().report, code("REBOOT_FAILED", /couldn't be proven/));
  });
});
