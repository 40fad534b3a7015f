import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentParts } from "../../engine/agent/agent.ts";
import type { OpenedChunk } from "../../engine/fleet/command-seal.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { holdLock, type LabHost, useAptLab } from "../support/lab.ts";
import { startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code, request } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, gateLog, gateOf, outcomes, packages, performOn } from "./install-rig.ts";
import { aptOn } from "./packages/apt-rig.ts";

describe("the batches of an install, on a real host", function () {
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
  async function start(host: LabHost, more: Partial<AgentParts> = {}): Promise<TestAgent> {
    const agent = await startTestAgent(engine, { adapters: [aptOn(host)], ...more });
    cleanUp.push(() => agent.stop());
    return agent;
  }
  /** lab-gate's script waits until the gate is opened. */
  const begun = (host: LabHost) => eventually("its script", async () => (await readFile(gateLog(host), "utf8").catch(() => "")).includes("configure"));

  it("installs in batches, tells each change of a status as it comes, and reports what is pending and installed before it answers", async () => {
    const host = await lab.host();
    const agent = await start(host);
    const chunks: OpenedChunk[] = [];
    const chosen = packages("lab-kernel", "lab-fail", "lab-held", "lab-tools", "lab-conf", "lab-newdep", "lab-rival");
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: chosen }), (chunk) => chunks.push(chunk));
    assert.deepEqual(outcomes(report), [
      ...[
        "lab-kernel Succeeded",
        "lab-fail Failed",
        "lab-held Failed",
        "lab-tools Succeeded",
        "lab-conf Succeeded",
        "lab-newdep Succeeded",
        "lab-rival Failed",
      ],
    ]);
    assert.match(report.updates[1].message, /cannot start the service/);
    assert.match(report.updates[2].message, /held at 1\.0-1/);
    assert.match(report.updates[6].message, /Packages need to be removed/);
    assert.deepEqual([report.packageManager, report.resumed, report.rebootPending, report.rebootReasons], ["apt", 0, true, ["asked for by lab-kernel"]]);
    for (const { fromVersion, startedAt, endedAt } of report.updates) assert.ok(fromVersion === "1.0-1" && startedAt <= endedAt);

    const told = chunks
      .filter(({ stream }) => stream === "stdout")
      .flatMap(({ chunk }) =>
        chunk
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line)),
      );
    assert.deepEqual(
      told.filter(({ name }) => name === "lab-fail").map(({ status }) => status),
      ["InProgress", "Failed"],
    );
    assert.deepEqual(told.map(({ status }) => status).filter((status) => status === "InProgress").length, 7);
    assert.match(chunks.map(({ stream, chunk }) => (stream === "stderr" ? chunk : "")).join(""), /Setting up lab-tools \(1\.1-1\)/);
    const log = await readFile(report.logFile, "utf8");
    assert.match(log, /== .* lab-kernel:all=1\.1-1/);
    assert.match(log, /Setting up lab-tools \(1\.1-1\)/);
    assert.match(report.logFile, /\/logs\/cmd_install\d+\.log$/);
    assert.ok(report.logFile.startsWith(agent.stateDirectory));

    const assessment = await engine.updates.assessmentOf(agent.machineId);
    assert.equal(assessment.rebootPending, true);
    const known = await engine.updates.packages(agent.machineId);
    assert.equal(known.find((one) => one.name === "lab-tools")?.version, "1.1-1");
  });

  it("mends first what an earlier run has left", async () => {
    const host = await lab.host();
    await aptOn(host).change.install(
      packages("lab-fail"),
      { configurationFiles: "keep" },
      {
        ...{ signal: new AbortController().signal, log: () => {}, lockTimeoutMs: 0 },
        logFile: join(host.directory, "earlier.log"),
      },
    );
    await writeFile(join(host.directory, "etc/lab-fail.fixed"), "");
    const agent = await start(host);
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") }));
    assert.deepEqual(report.repairs, ["dpkg --configure -a finished 1 package (lab-fail)"]);
    assert.deepEqual(outcomes(report), ["lab-tools Succeeded"]);
  });

  it("starts no batch when its time is over, and finishes the one that runs", async () => {
    const host = await lab.host({ extra: 8 });
    const clock = testClock(Date.now());
    const agent = await start(host, { clock });
    const late = await performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools"), startWithinMs: 0 }));
    assert.deepEqual(outcomes(late), ["lab-tools MaintenanceWindowExceeded"]);
    assert.match(late.updates[0].message, /its time was over/);
    assert.equal(late.updates[0].startedAt, null);

    await writeFile(gateOf(host, "configure"), "");
    const extra = ["lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005", "lab-pkg-006"];
    const installing = performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-gate", ...extra), startWithinMs: 3_600_000 }));
    await begun(host);
    clock.advance({ minutes: 61 });
    await rm(gateOf(host, "configure"));
    const report = await installing;
    assert.deepEqual(outcomes(report), [
      ...["lab-gate Succeeded", "lab-pkg-001 Succeeded", "lab-pkg-002 Succeeded", "lab-pkg-003 Succeeded", "lab-pkg-004 Succeeded"],
      ...["lab-pkg-005 MaintenanceWindowExceeded", "lab-pkg-006 MaintenanceWindowExceeded"],
    ]);
  });

  it("is stopped with its agent at once also after it was cancelled, and the next agent knows that it was", async () => {
    const host = await lab.host({ extra: 8 });
    const agent = await start(host);
    await writeFile(gateOf(host, "configure"), "");
    const extra = ["lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005"];
    const command = ask(agent.machineId, "install", { updates: packages("lab-gate", ...extra) });
    const outcome = performOn(engine, command).catch((error) => error);
    await begun(host);
    await engine.fleet.commands.cancel(command.id);
    await outcome;
    const state = join(agent.stateDirectory, "installs", `${command.id}.json`);
    await eventually("its cancellation on disk", async () => JSON.parse(await readFile(state, "utf8")).cancelled);
    await agent.agent.stop();
    await engine.halt(); // which would tell the next agent, too
    const restarted = agent.restart();
    restarted.catch(() => {});
    await rm(gateOf(host, "configure"));
    const kept = await eventually(
      "its own outcome",
      async () => JSON.parse(await readFile(join(agent.stateDirectory, "commands", `${command.id}.json`), "utf8")).outcome,
    );
    await engine.resume();
    await restarted;
    assert.deepEqual([kept.value.resumed, outcomes(kept.value).at(0), outcomes(kept.value).at(-1)], [1, "lab-gate Succeeded", "lab-pkg-005 Cancelled"]);
    assert.equal(await host.state("lab-pkg-005"), "1.0-1 ii");
  });

  it("lets the batch that runs finish when it is cancelled, and begins no other one", async () => {
    const host = await lab.host({ extra: 8 });
    const agent = await start(host);
    await writeFile(gateOf(host, "configure"), "");
    const extra = ["lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005"];
    const command = ask(agent.machineId, "install", { updates: packages("lab-gate", ...extra) });
    const outcome = performOn(engine, command).catch((error) => error);
    await begun(host);
    await engine.fleet.commands.cancel(command.id);
    assert.ok(code("COMMAND_CANCELLED")(await outcome));
    await eventually(
      "its cancellation on disk",
      async () => JSON.parse(await readFile(join(agent.stateDirectory, "installs", `${command.id}.json`), "utf8")).cancelled,
    );
    await rm(gateOf(host, "configure"));
    const kept = await eventually(
      "its own outcome",
      async () => JSON.parse(await readFile(join(agent.stateDirectory, "commands", `${command.id}.json`), "utf8")).outcome,
    );
    assert.deepEqual(outcomes(kept.value).slice(3), ["lab-pkg-003 Succeeded", "lab-pkg-004 Succeeded", "lab-pkg-005 Cancelled"]);
    assert.equal(await host.state("lab-gate"), "1.1-1 ii");
    assert.equal(await host.state("lab-pkg-005"), "1.0-1 ii");
  });

  it("waits for its turn, and its time passes while it waits; a reboot waits, too, and can be cancelled", async () => {
    const host = await lab.host();
    const clock = testClock(Date.now());
    const agent = await start(host, { clock, bootId: async () => "boot-1", packageManagersAtWork: async () => [] });
    await writeFile(gateOf(host, "configure"), "");
    const first = performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-gate") }));
    await begun(host);
    const second = ask(agent.machineId, "install", { updates: packages("lab-tools"), startWithinMs: 3_600_000 });
    const late = performOn(engine, second);
    await eventually("its state", () => readFile(join(agent.stateDirectory, "installs", `${second.id}.json`)).catch(() => undefined));
    const third = ask(agent.machineId, "reboot", { reason: "test", bootId: "boot-1" });
    const rebooting = performOn(engine, third).catch((error) => error);
    await eventually("its start", async () => (await engine.store.read.commands.get(third.id))?.acknowledgedAt);
    await engine.fleet.commands.cancel(third.id);
    assert.ok(code("COMMAND_CANCELLED")(await rebooting));
    clock.advance({ minutes: 61 });
    await rm(gateOf(host, "configure"));
    assert.deepEqual(outcomes(await first), ["lab-gate Succeeded"]);
    assert.deepEqual(outcomes(await late), ["lab-tools MaintenanceWindowExceeded"]);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("tells what it could install when somebody takes the lock between two batches", async () => {
    const host = await lab.host({ extra: 8 });
    const agent = await start(host);
    await writeFile(gateOf(host, "configure"), "");
    const extra = ["lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005"];
    const installing = performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-gate", ...extra), lockTimeoutMs: 50 }));
    await begun(host);
    const taking = holdLock(join(host.directory, "var/cache/apt/archives/lock")); // gets it when apt lets go
    await rm(gateOf(host, "configure"));
    const holder = await taking;
    const report = await installing;
    await holder.release();
    const last = outcomes(report).at(-1);
    assert.equal(last, "lab-pkg-005 Failed");
    assert.match(report.updates.at(-1).message, /perl \(process \d+\) uses the package manager.*\[PACKAGE_MANAGER_BUSY\]/);
    assert.equal(outcomes(report)[0], "lab-gate Succeeded");
  });

  it("is refused by the machine's own policy, and has hostile arguments refused", async () => {
    const host = await lab.host();
    const agent = await start(host);
    for (const args of [
      {},
      { updates: [] },
      { updates: [{ name: "a" }] },
      { updates: packages("lab-tools", "lab-tools") },
      { updates: packages("lab-tools"), startWithinMs: -1 },
    ])
      await assert.rejects(performOn(engine, ask(agent.machineId, "install", args)), code("BAD_REQUEST"), JSON.stringify(args));
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: packages("-oX=y", "\u001b[31m'\"\n") }));
    assert.deepEqual(
      report.updates.map(({ status, message }: any) => `${status} ${message}`),
      Array(2).fill("Failed that isn't a name, architecture and version of a package"),
    );
    await writeFile(join(agent.stateDirectory, "policy.json"), '{ "actions": ["assess"] }');
    await assert.rejects(
      performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") })),
      code("AGENT_REFUSED", /doesn't allow "install"/),
    );
    assert.equal((await performOn(engine, ask(agent.machineId, "assess", { refresh: false }))).packageManager, "apt");
    await assert.rejects(performOn(engine, request(agent.machineId, ["true"])), code("AGENT_REFUSED"));
  });

  it("isn't kept from by a machine whose package manager can only be listed", async () => {
    const host = await lab.host({ packages: ["lab-tools"] });
    const { change: _, ...lister } = aptOn(host);
    const agent = await startTestAgent(engine, { adapters: [lister] });
    cleanUp.push(() => agent.stop());
    await assert.rejects(performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") })), code("EXEC_FAILED", /can't install with apt/));
  });
});
