import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InstallRun } from "../../engine/agent/install-run.ts";
import type { PackageAdapter, PackageChanges } from "../../engine/agent/packages/adapter.ts";
import { type LabHost, useAptLab } from "../support/lab.ts";
import { startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { code } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { ask, outcomes, packages, performOn } from "./install-rig.ts";
import { aptOn } from "./packages/apt-rig.ts";

describe("an install around which something goes wrong", function () {
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
  const historyOf = async (agent: TestAgent) => (await engine.store.read.installs.ofMachine(agent.machineId, { after: null, limit: 1 }))[0];

  /** Real apt, of which something is replaced. */
  async function start(
    changed: (apt: PackageAdapter & { change: PackageChanges }) => { all?: Partial<PackageAdapter>; change?: Partial<PackageChanges> },
  ): Promise<TestAgent> {
    const apt = aptOn(host);
    const { all = {}, change = {} } = changed(apt);
    const agent = await startTestAgent(engine, { adapters: [{ ...apt, ...all, change: { ...apt.change, ...change } }] });
    cleanUp.push(() => agent.stop());
    return agent;
  }

  it("tells what the database says of a batch after which nothing could be judged, and fails only what isn't there", async () => {
    let batches = 0;
    const agent = await start((apt) => ({
      change: {
        async install(updates, options, context) {
          const done = await apt.change.install(updates, options, context);
          if (++batches === 2) throw new Error("ENOSPC: no space left on device, write");
          return done;
        },
      },
    }));
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: [...many, ...packages("lab-tools", "lab-nowhere")] }));
    assert.deepEqual(outcomes(report), [...many.map(({ name }) => `${name} Succeeded`), "lab-tools Succeeded", "lab-nowhere Failed"]);
    assert.match(report.updates.at(-1).message, /ENOSPC/);
    const { updates } = (await historyOf(agent)) ?? { updates: [] };
    assert.equal(updates.filter(({ status }) => status === "Succeeded").length, 8);
  });

  it("tells its results also when the machine can't be looked at afterwards", async () => {
    let installed = false;
    const agent = await start((apt) => ({
      change: {
        async install(updates, options, context) {
          installed = true;
          return apt.change.install(updates, options, context);
        },
      },
      all: {
        async inventory() {
          if (installed) throw new Error("dpkg-query took longer than 60 s");
          return apt.inventory();
        },
      },
    }));
    const said: string[] = [];
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") }), ({ chunk }) => said.push(chunk));
    assert.deepEqual(outcomes(report), ["lab-tools Succeeded"]);
    assert.match(said.join(""), /what is installed now can't be reported: dpkg-query took longer/);
  });

  it("ends with the error's own code when nothing was begun", async () => {
    const agent = await start(() => ({
      change: {
        async repair() {
          throw new Error("dpkg-query took longer than 60 s");
        },
      },
    }));
    await assert.rejects(performOn(engine, ask(agent.machineId, "install", { updates: packages("lab-tools") })), code("INTERNAL", /dpkg-query took longer/));
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("isn't gone on with when the machine went down in it again and again, and mends nothing more", async () => {
    let repairs = 0;
    const agent = await start((apt) => ({
      change: {
        async repair(context) {
          repairs++;
          return apt.change.repair(context);
        },
      },
    }));
    const { machineId, stateDirectory } = agent;
    await agent.agent.stop();
    const command = ask(machineId, "install", { updates: packages("lab-tools") });
    const file: InstallRun = {
      updates: [
        {
          name: "lab-tools",
          architecture: "all",
          version: "1.1-1",
          fromVersion: "1.0-1",
          status: "InProgress",
          message: "",
          startedAt: 1,
          endedAt: null,
          tries: 1,
        },
      ],
      ...{ configurationFiles: "keep", lockTimeoutMs: 0, repairs: [], resumed: 6, cancelled: false, time: { leftMs: null, at: Date.now() } },
    };
    await writeFile(join(stateDirectory, "commands", `${command.id}.json`), JSON.stringify({ id: command.id, action: "install", startedAt: 1 }));
    await mkdir(join(stateDirectory, "installs"), { recursive: true });
    await writeFile(join(stateDirectory, "installs", `${command.id}.json`), JSON.stringify(file));
    const performed = performOn(engine, command);
    await agent.restart();
    const report = await performed;
    assert.deepEqual([outcomes(report), report.resumed, repairs], [["lab-tools Failed"], 7, 0]);
    assert.match(report.updates[0].message, /went down 7 times during this install; it isn't gone on with/);
    assert.equal(await host.state("lab-tools"), "1.0-1 ii");
  });

  it("can't be asked of a machine with more words than travel, nor breaks an answer that is too large its connection for ever", async () => {
    // Larger batches than apt's own: what counts here is the answer, not 800 calls of apt.
    const agent = await start(() => ({ change: { batchSize: 200 } }));
    const wide = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ name: `${n}`.padStart(255, "x"), architecture: "y".repeat(255), version: "z".repeat(255) }));
    const asked = (updates: ReturnType<typeof wide>) => performOn(engine, ask(agent.machineId, "install", { updates }));
    await assert.rejects(asked(wide(10_000)), code("TOO_LARGE", /at most \d+ travel/));
    const report = await asked([...wide(4_000), ...packages("lab-tools")]);
    assert.deepEqual([report.updates.length, report.updates.at(-1).status], [4_001, "Succeeded"]);
    assert.ok(JSON.stringify(report).length < 8 * 1024 * 1024);
  });

  it("is asked of the owner's policy again before each batch", async () => {
    const agent = await start((apt) => ({
      change: {
        async install(updates, options, context) {
          const done = await apt.change.install(updates, options, context);
          await writeFile(join(agent.stateDirectory, "policy.json"), '{ "actions": ["inventory"] }', { mode: 0o600 });
          return done;
        },
      },
    }));
    const report = await performOn(engine, ask(agent.machineId, "install", { updates: many }));
    assert.deepEqual(outcomes(report).slice(4), ["lab-pkg-005 Succeeded", "lab-pkg-006 Cancelled", "lab-pkg-007 Cancelled"]);
    assert.match(report.updates.at(-1).message, /the machine's owner has forbidden it meanwhile/);
  });
});
