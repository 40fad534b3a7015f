import assert from "node:assert/strict";
import { inventoryParts } from "../../engine/agent/inventory-parts.ts";
import type { PackageAdapter, PackageReport } from "../../engine/agent/packages/adapter.ts";
import type { Inventory } from "../../engine/core/update.ts";
import { createAssembly } from "../../engine/fleet/inventory-assembly.ts";
import { CHUNK_BYTES, parseAgentFrame } from "../../engine/protocol/agent.ts";
import { eventually } from "../support/eventually.ts";
import { startTestAgent, type TestAgent } from "./agent-under-test.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";

const REPORT: PackageReport = {
  packageManager: "apt",
  listsUpdatedAt: 1,
  rebootPending: false,
  rebootReasons: [],
  installed: [{ name: "bash", architecture: "amd64", version: "5.2", held: false }],
  updates: [],
  problems: [],
};
const big: Inventory = {
  ...REPORT,
  collectedAt: 5,
  installed: Array.from({ length: 60_000 }, (_, n) => ({ name: `package-${n}`, architecture: "amd64", version: `1.${n}-1+deb12u1`, held: false })),
};

describe("an inventory on its way", () => {
  it("travels in frames of at most a megabyte and arrives whole", () => {
    const parts = inventoryParts({ sequence: 7, inventory: big });
    assert.ok(parts.length > 3);
    const assembly = createAssembly();
    const arrived = parts.map((part) => {
      const text = JSON.stringify(part);
      assert.ok(Buffer.byteLength(text) <= CHUNK_BYTES);
      const parsed = parseAgentFrame(text);
      assert.ok(parsed.ok && parsed.frame.type === "inventory");
      return assembly.add(parsed.frame);
    });
    assert.ok(arrived.slice(0, -1).every((one) => one === undefined));
    assert.deepEqual(arrived.at(-1), { sequence: 7, inventory: big });
  });

  it("is one frame when nothing is installed", () => {
    const [part, ...more] = inventoryParts({ sequence: 1, inventory: { ...REPORT, collectedAt: 5, installed: [] } });
    assert.equal(more.length, 0);
    assert.ok(part && createAssembly().add(part));
  });

  it("isn't put together from parts of two reports, nor from parts out of order", () => {
    const [first, second] = [inventoryParts({ sequence: 1, inventory: big }), inventoryParts({ sequence: 2, inventory: big })];
    const assembly = createAssembly();
    const last = first.length - 1;
    for (const part of first.slice(0, last)) assert.equal(assembly.add(part), undefined);
    assert.equal(assembly.add(second[last] as (typeof second)[number]), undefined);
    assert.equal(assembly.add(first[last] as (typeof first)[number]), undefined);
    const results = second.map((part) => assembly.add(part));
    assert.equal(results.at(-1)?.sequence, 2);
  });
});

describe("the inventory of a machine", () => {
  let engine: TestEngine;
  let agent: TestAgent;
  let report: PackageReport;
  let stamp: string;
  let asked: number;
  // A package manager whose packages the test changes.
  const adapter: PackageAdapter = {
    name: "test",
    detect: async () => true,
    inventory: async () => {
      asked++;
      return report;
    },
    stamp: async () => stamp,
  };
  const assessment = () => engine.updates.assessmentOf(agent.machineId);
  const installed = async () => (await engine.updates.packages(agent.machineId)).map((one) => one.name);

  beforeEach(async () => {
    [report, stamp, asked] = [REPORT, "1", 0];
    engine = await startTestEngine();
    agent = await startTestAgent(engine, { adapters: [adapter] });
    await eventually("the first report", async () => (await assessment()).assessedAt);
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  it("is sent when the agent connects", async () => {
    assert.deepEqual(await installed(), ["bash"]);
    assert.equal((await assessment()).packageManager, "apt");
  });

  it("is sent when a command has changed what is installed, and only then", async () => {
    const run = (id: string) =>
      engine.fleet.commands.perform({
        id,
        machineId: agent.machineId,
        action: "exec",
        args: { argv: ["true"] },
        jobId: null,
        actor: ACTOR,
        correlationId: "test",
      });
    await run("cmd_1");
    stamp = "2";
    report = { ...REPORT, installed: [...REPORT.installed, { name: "curl", architecture: "amd64", version: "8", held: false }] };
    await run("cmd_2");
    await eventually("the second report", async () => (await installed()).includes("curl"));
    assert.equal(asked, 2);
  });

  it("is made anew when it is asked for, and stored before the answer comes", async () => {
    report = { ...REPORT, installed: [] };
    const answer = await engine.fleet.commands.perform({
      id: "cmd_3",
      machineId: agent.machineId,
      action: "inventory",
      args: {},
      jobId: null,
      actor: ACTOR,
      correlationId: "test",
    });
    assert.equal((answer as { installed: number }).installed, 0);
    assert.equal(asked, 2);
    assert.deepEqual(await installed(), ["bash"], "a report that failed took away what was known");
    assert.equal((await assessment()).compliance, "notassessed");
  });

  it("has a number that grows over restarts of the agent", async () => {
    const before = (await engine.store.read.updates.currentAssessment(agent.machineId))?.sequence ?? 0;
    await agent.restart();
    await eventually("the next report", async () => ((await engine.store.read.updates.currentAssessment(agent.machineId))?.sequence ?? 0) > before);
  });
});
