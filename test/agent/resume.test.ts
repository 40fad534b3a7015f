import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { joined } from "./agent-under-test.ts";
import { code } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, gateLog, gateOf, outcomes, packages, performOn } from "./install-rig.ts";

const EXTRA = ["lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005", "lab-pkg-006"];

describe("an install whose agent is gone in the middle, on a real host", function () {
  this.timeout(120_000);
  const lab = useAptLab();
  let engine: TestEngine;
  let host: LabHost;
  let stateDirectory: string;
  let machineId: string;
  let child: ChildProcess;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
    host = await lab.host({ extra: 8 });
    const member = await joined(engine);
    cleanUp.push(() => member.home.remove());
    ({ stateDirectory, machineId } = member);
    await startProcess();
  });
  afterEach(async () => {
    await end("SIGKILL");
    await host.kill();
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  async function startProcess(): Promise<void> {
    const main = join(import.meta.dirname, "lab-agent-process.ts");
    const args = [main, stateDirectory, host.directory, JSON.stringify(host.environment)];
    child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout as NodeJS.ReadableStream, "data");
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
  /** Ends the agent first: it must not see the package manager end. */
  async function powerCut(): Promise<void> {
    await end("SIGKILL");
    assert.ok((await host.kill()) > 0);
  }
  const passes = (phase: "unpack" | "configure") =>
    eventually(`the ${phase}`, async () => (await readFile(gateLog(host), "utf8").catch(() => "")).split("\n").includes(phase));
  const audit = async () =>
    (await readFile(join(stateDirectory, "audit.log"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event as string)
      .filter((event) => ["accepted", "resumed", "finished"].includes(event));

  /** Installs lab-gate, which waits in `phase`, and six others; the run is interrupted there. */
  async function interruptedIn(phase: "unpack" | "configure", interrupt: () => Promise<unknown>, more: object = {}) {
    await writeFile(gateOf(host, phase), "");
    const command = ask(machineId, "install", { updates: packages("lab-tools", "lab-gate", ...EXTRA), ...more });
    const outcome = performOn(engine, command).catch((error) => error);
    await passes(phase);
    await interrupt();
    return { outcome, command };
  }
  const all = ["lab-tools", "lab-gate", ...EXTRA].map((name) => `${name} Succeeded`);
  async function isExactlyInstalled(): Promise<void> {
    for (const { name } of packages("lab-tools", "lab-gate", ...EXTRA)) assert.equal(await host.state(name), "1.1-1 ii", name);
    for (const name of ["lab-pkg-007", "lab-pkg-008", "lab-curl", "lab-conf"]) assert.equal(await host.state(name), "1.0-1 ii", name);
  }

  it("is gone on with by the next agent, when agent and apt are killed while a package is configured, as in a power cut", async () => {
    const { outcome } = await interruptedIn("configure", powerCut);
    assert.match(await host.state("lab-gate"), /iF/);
    await rm(gateOf(host, "configure"));
    await startProcess();
    const report = await outcome;
    assert.deepEqual(outcomes(report), all);
    assert.equal(report.resumed, 1);
    assert.match(report.repairs.join(), /dpkg --configure -a finished .*lab-gate/);
    assert.ok(
      report.updates.every((one: any) => one.fromVersion === "1.0-1"),
      "what was there before is forgotten",
    );
    await isExactlyInstalled();
    assert.deepEqual(await audit(), ["accepted", "resumed", "finished"]);
  });

  it("is gone on with when they are killed while a package is unpacked", async () => {
    const { outcome } = await interruptedIn("unpack", powerCut);
    assert.match(await host.state("lab-gate"), /iHR/);
    await rm(gateOf(host, "unpack"));
    await startProcess();
    const report = await outcome;
    assert.deepEqual(outcomes(report), all);
    assert.match(report.repairs.join(), /installed lab-gate 1\.0-1 again/);
    await isExactlyInstalled();
  });

  it("lets apt go on when the agent alone is killed; the next one waits for it", async () => {
    const { outcome, command } = await interruptedIn("configure", () => end("SIGKILL"));
    await startProcess();
    await rm(gateOf(host, "configure"));
    const report = await outcome;
    assert.deepEqual(outcomes(report), all);
    assert.equal(report.resumed, 1);
    await isExactlyInstalled();
    const log = await readFile(report.logFile, "utf8");
    assert.match(log, /Setting up lab-gate \(1\.1-1\)/);
    assert.match(log, /Setting up lab-pkg-006 \(1\.1-1\)/);
    const stored = await engine.store.read.commands.get(command.id);
    assert.ok(stored);
    const { output } = await engine.fleet.commands.content(stored, { after: 0, limit: 1_000 });
    const statuses = output.filter(({ stream }) => stream === "stdout").map(({ chunk }) => chunk);
    assert.match(statuses.join(""), /"lab-pkg-006".*"Succeeded"/, "what the second agent told is missing");
    assert.match(output.map(({ chunk }) => chunk).join(""), /Setting up lab-pkg-006/);
  });

  it("lets the agent stop at once, and apt go on", async () => {
    const { outcome } = await interruptedIn("configure", () => end("SIGTERM"));
    assert.equal(child.exitCode, 0);
    assert.match(await host.state("lab-gate"), /iF|iU/);
    await rm(gateOf(host, "configure"));
    await startProcess();
    assert.deepEqual(outcomes(await outcome), all);
    await isExactlyInstalled();
  });

  it("is gone on with twice, and without an engine", async () => {
    // Nobody answers who waits for it: its engine stops.
    const { command } = await interruptedIn("unpack", powerCut);
    await writeFile(gateOf(host, "configure"), "");
    await rm(gateOf(host, "unpack"));
    await startProcess();
    await passes("configure");
    await powerCut();
    await engine.halt();
    await rm(gateOf(host, "configure"));
    const started = startProcess(); // it prints when it is connected, which it can't be yet
    const record = await eventually(
      "the outcome on disk",
      async () => JSON.parse(await readFile(join(stateDirectory, "commands", `${command.id}.json`), "utf8")).outcome,
      60_000,
    );
    assert.equal(record.value.resumed, 2);
    await engine.resume();
    const report = await performOn(engine, command);
    await started;
    assert.deepEqual(outcomes(report), all);
    await isExactlyInstalled();
    assert.deepEqual(await audit(), ["accepted", "resumed", "resumed", "finished"]);
  });

  it("begins nothing after its time, but mends what it left and says what is installed", async () => {
    const { outcome, command } = await interruptedIn("configure", powerCut, { startWithinMs: 3_600_000 });
    const file = join(stateDirectory, "installs", `${command.id}.json`);
    const run = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...run, time: { leftMs: run.time.leftMs, at: run.time.at - 3_600_001 } })); // as if it had been down for an hour
    await rm(gateOf(host, "configure"));
    await startProcess();
    const report = await outcome;
    assert.match(report.repairs.join(), /dpkg --configure -a finished/);
    const last = ["lab-pkg-004", "lab-pkg-005", "lab-pkg-006"].map((name) => `${name} MaintenanceWindowExceeded`);
    assert.deepEqual(outcomes(report).slice(-3), last);
    for (const { name, status } of report.updates)
      assert.equal(await host.state(name), status === "MaintenanceWindowExceeded" ? "1.0-1 ii" : "1.1-1 ii", `${name} ${status}`);
  });

  it("isn't gone on with when the machine's owner has forbidden it meanwhile; what it has done is told", async () => {
    const { outcome } = await interruptedIn("configure", powerCut);
    await writeFile(join(stateDirectory, "policy.json"), '{ "actions": ["inventory"] }');
    await startProcess();
    const report = await outcome;
    for (const { name, status } of report.updates) {
      assert.match(status, /^(Succeeded|Cancelled)$/);
      if (status === "Succeeded") assert.equal(await host.state(name), "1.1-1 ii", name);
    }
    assert.equal(outcomes(report)[1], "lab-gate Cancelled");
    assert.match(report.updates[7].message, /forbidden it meanwhile: .*doesn't allow "install"/);
    assert.equal(await host.state("lab-pkg-006"), "1.0-1 ii");
  });

  it("counts as interrupted when its state is damaged: nobody knows how far it had come", async () => {
    const { outcome, command } = await interruptedIn("configure", powerCut);
    await writeFile(join(stateDirectory, "installs", `${command.id}.json`), "{ half");
    await startProcess();
    assert.ok(code("COMMAND_INTERRUPTED", /no record of how far/)(await outcome));
    assert.equal(await host.state("lab-pkg-006"), "1.0-1 ii");
  });

  it("has its outcome when the agent is killed after the last update and before the outcome is on disk", async () => {
    const command = ask(machineId, "install", { updates: packages("lab-tools") });
    const outcome = performOn(engine, command).catch((error) => error);
    // Everything is done, and only the confirmation of the last report is missing.
    await eventually("its end in the state", async () => {
      const run = JSON.parse(await readFile(join(stateDirectory, "installs", `${command.id}.json`), "utf8").catch(() => "{}"));
      return run.updates?.every((one: any) => one.status === "Succeeded");
    });
    await end("SIGKILL");
    await startProcess();
    assert.deepEqual(outcomes(await outcome), ["lab-tools Succeeded"]);
  });
});
