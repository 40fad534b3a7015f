import assert from "node:assert/strict";
import { createReportGate } from "../../engine/fleet/report-gate.ts";
import { digestOf } from "../../engine/protocol/report-digest.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { anInventory, aPackage, reportOf } from "../updates/reports.ts";
import { joined, startTestAgent } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf, type RawAgent } from "./raw-agent.ts";

describe("places for reports", () => {
  const clock = testClock();
  const gate = createReportGate({ reports: 2, reportsPerSecond: 100 }, clock);

  it("come one after the other for agents that connect together, and at once after a rest", () => {
    assert.deepEqual([gate.place(), gate.place(), gate.place()], [0, 10, 20]);
    clock.advance({ seconds: 5 });
    assert.deepEqual([gate.place(), gate.place()], [0, 10]);
    assert.equal(Array.from({ length: 10_000 }, () => gate.place()).at(-1), 100_010);
  });

  it("come no faster than reports are taken in, and as before when that has become faster", () => {
    const slow = createReportGate({ reports: 2, reportsPerSecond: 100 }, clock);
    const takeIn = (ms: number, times: number) => {
      for (let n = 0; n < times; n++) {
        const together = [slow.enter(), slow.enter()];
        for (const place of together) place?.keep();
        clock.advance({ milliseconds: ms });
        for (const place of together) place?.leave();
      }
    };
    const apart = () => {
      clock.advance({ seconds: 60 });
      return (slow.place() - slow.place()) * -1;
    };
    takeIn(20, 100);
    assert.ok(apart() > 12, "two in 20 ms, and some room between them");
    takeIn(2, 100);
    assert.equal(apart(), 10);
  });

  it("come as fast as before after an outage in which all reports were held up", () => {
    const held = createReportGate({ reports: 8, reportsPerSecond: 200 }, clock);
    const together = Array.from({ length: 8 }, () => held.enter());
    for (const place of together) place?.keep();
    clock.advance({ minutes: 10 });
    for (const place of together) place?.leave();
    assert.ok((Array.from({ length: 10_000 }, () => held.place()).at(-1) ?? 0) < 5 * 60_000, "not the next day");
  });

  it("are limited, are given back once, and are taken from a report of which nothing more comes", () => {
    const [first, second] = [gate.enter(), gate.enter()];
    assert.equal(gate.enter(), undefined);
    first?.leave();
    first?.leave();
    const third = gate.enter();
    assert.ok(third);
    assert.equal(gate.enter(), undefined);
    clock.advance({ seconds: 61 });
    third.keep();
    assert.ok(gate.enter());
    assert.deepEqual([second?.isHeld(), third.isHeld()], [false, true]);
    assert.equal(gate.enter(), undefined);
  });
});

describe("an engine with a place for one report", () => {
  let engine: TestEngine;
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    engine = await startTestEngine({ settings: { reports: 1, reportsPerSecond: 10 } });
    stops.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function member(name: string, facts: object = {}): Promise<RawAgent & { machineId: string; welcome: Record<string, any> }> {
    const { home, stateDirectory, machineId } = await joined(engine, { name });
    const raw = await connectRaw(engine.port);
    stops.push(
      () => home.remove(),
      async () => raw.socket.terminate(),
    );
    const hello = await helloOf(stateDirectory, raw.challenge);
    raw.send({ ...hello, facts: { ...hello.facts, ...facts } });
    return { ...raw, machineId, welcome: await raw.next() };
  }
  const part = (number: number, parts: number, installed = [aPackage(`package-${number}`)]) => {
    const { installed: _, updates: __, ...head } = anInventory(1);
    return { type: "inventory", sequence: 1, part: number, parts, ...(number === 0 ? { head } : {}), installed, updates: [] };
  };

  it("tells agents that connect when their reports are welcome, and how often", async () => {
    const [one, other] = [await member("web1"), await member("web2")];
    assert.equal(one.welcome.inventoryMs, 3_600_000);
    assert.equal((await member("win1", { os: "windows" })).welcome.inventoryMs, 12 * 3_600_000);
    assert.deepEqual([one.welcome.inventoryAfterMs, other.welcome.inventoryAfterMs > 0], [0, true]);
  });

  it("sends others away until it has the whole of the one that it takes in", async () => {
    const [one, other] = [await member("web1"), await member("web2")];
    one.send(part(0, 2));
    await eventually("the first part", async () => {
      other.send(part(0, 2));
      const { type, afterMs } = await other.next();
      return type === "inventoryWanted" && afterMs >= 0;
    });
    other.send(part(1, 2));
    assert.equal(engine.takings.length, 0);
    one.send(part(1, 2));
    assert.deepEqual(await one.next(), {
      type: "inventoryTaken",
      sequence: 1,
      digest: digestOf({ installed: [aPackage("package-0"), aPackage("package-1")], updates: [] }),
    });
    other.send(part(0, 1));
    assert.equal((await other.next()).type, "inventoryTaken");
    assert.deepEqual(engine.takings, ["taken", "taken"]);
  });

  it("has its place again when an agent leaves in the middle, or sends what isn't a report", async () => {
    const [one, other] = [await member("web1"), await member("web2")];
    one.send(part(0, 2));
    one.socket.terminate();
    await eventually("the place", async () => {
      other.send(part(0, 1));
      return (await other.next()).type === "inventoryTaken";
    });
    other.send(part(0, 3));
    other.send(part(2, 3));
    const third = await member("web3");
    await eventually("the place", async () => {
      third.send(part(0, 1));
      return (await third.next()).type === "inventoryTaken";
    });
  });

  it("asks for the whole of what it can't add to, and says which number is the newest", async () => {
    const one = await member("web1");
    const [first, second] = [anInventory(1), anInventory(1, { installed: [aPackage("zsh")] })];
    const said = async (report: ReturnType<typeof reportOf>) => {
      const { installed, updates, ...head } = report.inventory;
      const { removed, ...difference } = report.difference ?? {};
      const frame = { type: "inventory", sequence: report.sequence, part: 0, parts: 1, installed, updates, ...(removed ? { removed } : {}) };
      one.send({ ...frame, head: { ...head, ...(removed ? { difference } : {}) } });
      return one.next();
    };
    assert.deepEqual(await said(reportOf(5, second, first)), { type: "inventoryWanted", whole: true });
    assert.deepEqual(await said(reportOf(5, first)), { type: "inventoryTaken", sequence: 5, digest: digestOf(first) });
    assert.deepEqual(await said(reportOf(6, second, first)), { type: "inventoryTaken", sequence: 6, digest: digestOf(second) });
    assert.deepEqual(await said(reportOf(4, first)), { type: "inventoryWanted", beyond: 6 });
  });

  it("takes in the reports of ten agents that come together, one after the other", async function () {
    this.timeout(60_000);
    const adapter = {
      ...{ name: "test", detect: async () => true, stamp: async () => "1" },
      inventory: async () => ({ ...anInventory(1), collectedAt: undefined }),
    };
    const agents = await Promise.all(Array.from({ length: 10 }, (_, n) => startTestAgent(engine, { name: `web${n}`, adapters: [adapter] })));
    stops.push(...agents.map((agent) => () => agent.stop()));
    await eventually("all reports", () => engine.takings.filter((kind) => kind === "taken").length === 10, 30_000);
    assert.deepEqual(engine.errors, []);
  });
});
