import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentParts } from "../../engine/agent/agent.ts";
import type { ChangeContext, PackageChanges } from "../../engine/agent/packages/adapter.ts";
import { RunwrightError } from "../../engine/core/errors.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { holdLock, type LabHost, useAptLab } from "../support/lab.ts";
import { startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, gateLog, gateOf, outcomes, packages, performOn } from "./install-rig.ts";
import { aptOn } from "./packages/apt-rig.ts";

describe("the limits of an install", function () {
  this.timeout(60_000);
  const lab = useAptLab();
  let engine: TestEngine;
  let host: LabHost;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
    host = await lab.host({ extra: 8 });
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const many = packages("lab-pkg-001", "lab-pkg-002", "lab-pkg-003", "lab-pkg-004", "lab-pkg-005", "lab-pkg-006", "lab-pkg-007");

  /** Real apt, of which something is replaced. */
  async function start(changed: (apt: PackageChanges) => Partial<PackageChanges>, more: Partial<AgentParts> = {}): Promise<TestAgent> {
    const apt = aptOn(host);
    const agent = await startTestAgent(engine, { adapters: [{ ...apt, change: { ...apt.change, ...changed(apt.change) } }], ...more });
    cleanUp.push(() => agent.stop());
    return agent;
  }
  const stateOf = (agent: TestAgent, commandId: string) => join(agent.stateDirectory, "installs", `${commandId}.json`);

  it("end a run that takes the machine down each time it mends", async () => {
    let repairs = 0;
    const agent = await start(() => ({
      repair: () => {
        repairs++;
        return new Promise(() => {}); // the machine is gone
      },
    }));
    const command = ask(agent.machineId, "install", { updates: packages("lab-tools") });
    const performed = performOn(engine, command);
    for (let boots = 1; boots <= 7; boots++) {
      await eventually(`repair ${boots}`, () => repairs === boots);
      await agent.restart();
    }
    const report = await performed;
    assert.deepEqual([outcomes(report), repairs], [["lab-tools Failed"], 7]);
    assert.match(report.updates[0].message, /went down 7 times during this install; it isn't gone on with/);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("let what the run has left half way be mended once after its time, and no more often", async () => {
    const clock = testClock(Date.now());
    let late = 0;
    let isLate = false;
    const agent = await start(
      (apt) => ({
        repair: (context) => {
          if (!isLate) return apt.repair(context);
          late++;
          return new Promise(() => {});
        },
      }),
      { clock },
    );
    await writeFile(gateOf(host, "configure"), "");
    const command = ask(agent.machineId, "install", {
      updates: packages("lab-gate", "lab-tools", ...many.slice(0, 4).map(({ name }) => name)),
      startWithinMs: 3_600_000,
    });
    const performed = performOn(engine, command);
    await eventually("its script", async () => (await readFile(gateLog(host), "utf8").catch(() => "")).includes("configure"));
    await agent.agent.stop();
    assert.ok((await host.kill()) > 0);
    await rm(gateOf(host, "configure"));
    clock.advance({ hours: 2 });
    isLate = true;
    await agent.restart();
    await eventually("the late repair", () => late === 1);
    assert.equal(JSON.parse(await readFile(stateOf(agent, command.id), "utf8")).mendedLate, true, "it isn't on disk before it begins");
    await agent.restart();
    const report = await performed;
    assert.deepEqual([late, outcomes(report)[0], outcomes(report).at(-1)], [1, "lab-gate MaintenanceWindowExceeded", "lab-pkg-004 MaintenanceWindowExceeded"]);
  });

  it("let what the run has left half way be mended to its end when it is cancelled meanwhile, and begin nothing", async () => {
    let commandId = "";
    let isResumed = false;
    const agent = await start((apt) => ({
      async repair(context) {
        if (!isResumed) return apt.repair(context);
        await engine.fleet.commands.cancel(commandId);
        await eventually("its cancellation", async () => JSON.parse(await readFile(stateOf(agent, commandId), "utf8")).cancelled);
        return apt.repair(context);
      },
    }));
    await writeFile(gateOf(host, "unpack"), "");
    const command = ask(agent.machineId, "install", { updates: packages("lab-gate", "lab-tools") });
    ({ id: commandId } = command);
    const outcome = performOn(engine, command).catch((error) => error);
    await eventually("its script", async () => (await readFile(gateLog(host), "utf8").catch(() => "")).includes("unpack"));
    await agent.agent.stop();
    assert.ok((await host.kill()) > 0);
    assert.match(await host.state("lab-gate"), /iHR/);
    await rm(gateOf(host, "unpack"));
    isResumed = true;
    await agent.restart();
    assert.ok(code("COMMAND_CANCELLED")(await outcome));
    const record = join(agent.stateDirectory, "commands", `${command.id}.json`);
    const { value } = await eventually("its own outcome", async () => JSON.parse(await readFile(record, "utf8")).outcome);
    assert.deepEqual(outcomes(value), ["lab-gate Cancelled", "lab-tools Cancelled"]);
    assert.deepEqual(await Promise.all(["lab-gate", "lab-tools"].map(host.state)), ["1.0-1 ii", "1.0-1 ii"]);
  });

  it("mend nothing for a run whose time is over before it has begun", async () => {
    let repairs = 0;
    const agent = await start(() => ({
      async repair() {
        repairs++;
        return [];
      },
    }));
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools"), startWithinMs: 0 }));
    assert.deepEqual([outcomes(report), report.updates[0].fromVersion, repairs], [["lab-tools MaintenanceWindowExceeded"], "1.0-1", 0]);
  });

  it("end the wait for a lock when the time is over, also on a machine that slept meanwhile", async () => {
    const clock = testClock(Date.now());
    let changing: ChangeContext | undefined;
    const agent = await start(
      (apt) => ({
        async install(updates, options, context) {
          changing = context;
          return apt.install(updates, options, context);
        },
      }),
      { clock },
    );
    const holder = await holdLock(join(host.directory, "var/lib/dpkg/lock-frontend"));
    const installing = performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools"), startWithinMs: 3_600_000, lockTimeoutMs: 5_000 }));
    await eventually("its wait for the lock", () => changing?.lockWaitedMs);
    clock.setWallClock(clock.now() + 2 * 3_600_000); // monotonic clock and timers stood still
    const report = await installing;
    await holder.release();
    assert.deepEqual(outcomes(report), ["lab-tools MaintenanceWindowExceeded"]);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("count the waits of all batches together", async () => {
    const waited: (number | undefined)[] = [];
    const agent = await start((apt) => ({
      async install(updates, options, context) {
        waited.push(context.lockWaitedMs);
        context.lockWaitedMs = (context.lockWaitedMs ?? 0) + 30; // as whoever waits for a lock does
        return apt.install(updates, options, context);
      },
    }));
    assert.ok(outcomes(await performOn(engine, ask(agent.machineId, "install", { updates: many }))).every((line) => line.endsWith("Succeeded")));
    assert.deepEqual(waited, [0, 30]);
  });

  it("tell why mending failed, though nobody can say what is installed either", async () => {
    const agent = await start(() => ({
      async repair() {
        throw new RunwrightError("REPAIR_FAILED", "lab-broken can't be mended");
      },
      async states() {
        throw new Error("dpkg-query took longer than 60 s");
      },
    }));
    await assert.rejects(performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") })), code("REPAIR_FAILED", /can't be mended/));
  });

  it("tell of an update that was tried what is there instead, and that it was tried", async () => {
    let isAsked = true;
    const agent = await start((apt) => ({
      async install() {
        isAsked = false;
        throw new Error("EIO: i/o error, read");
      },
      states: async (updates) => (isAsked && apt.states ? apt.states(updates) : Promise.reject(new Error("EIO"))),
    }));
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: many }));
    assert.ok(outcomes(report).every((line) => line.endsWith("Failed")));
    assert.deepEqual(
      [report.updates[0].message, report.updates[5].message],
      ["what is installed now isn't known: EIO: i/o error, read", "EIO: i/o error, read"],
    );
    assert.ok(report.updates[0].startedAt !== null && report.updates[0].endedAt !== null);
    assert.deepEqual([report.updates[5].startedAt, report.updates[5].endedAt], [null, null]);
  });
});
