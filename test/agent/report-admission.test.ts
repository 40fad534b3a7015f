import assert from "node:assert/strict";
import { createReportGate } from "../../engine/fleet/report-gate.ts";
import { createReportReceiver } from "../../engine/fleet/report-receiver.ts";
import type { InventoryPart } from "../../engine/protocol/agent.ts";
import { digestOf } from "../../engine/protocol/report-digest.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { anInventory, aPackage, reportOf } from "../updates/reports.ts";
import { joined, startTestAgent } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf, type RawAgent } from "./raw-agent.ts";

describe("places for reports", () => {
  const clock = testClock();
  let workedMs = 0;
  const gateOf = (settings: { reports: number; reportsPerSecond: number }) => createReportGate(settings, clock, () => workedMs);

  it("come one after the other for agents that connect together, and at once after a rest", () => {
    const gate = gateOf({ reports: 2, reportsPerSecond: 100 });
    assert.deepEqual([gate.place(), gate.place(), gate.place()], [0, 10, 20]);
    clock.advance({ seconds: 5 });
    assert.deepEqual([gate.place(), gate.place()], [0, 10]);
    assert.equal(Array.from({ length: 10_000 }, () => gate.place()).at(-1), 100_010);
  });

  /** Each is there as a whole before the engine goes on with the first one. */
  function takeIn(gate: ReturnType<typeof gateOf>, { together, lasts, works, times }: { together: number; lasts: number; works: number; times: number }) {
    for (let n = 0; n < times; n++) {
      const places = Array.from({ length: together }, () => gate.enter());
      for (const place of places) {
        place?.keep();
        clock.advance({ milliseconds: lasts });
        workedMs += works;
        place?.leave();
      }
    }
  }
  const apart = (gate: ReturnType<typeof gateOf>) => {
    clock.advance({ seconds: 60 });
    return (gate.place() - gate.place()) * -1;
  };

  it("come no faster than the engine's thread can work, and as before when that has become faster", () => {
    const gate = gateOf({ reports: 2, reportsPerSecond: 100 });
    takeIn(gate, { together: 1, lasts: 500, works: 15, times: 100 });
    assert.ok(apart(gate) > 15 && apart(gate) < 20, "some room between them, and nothing for the time in which it waits for the disk");
    takeIn(gate, { together: 1, lasts: 500, works: 2, times: 100 });
    assert.equal(apart(gate), 10);
  });

  it("come no faster than a database takes them in for which the engine only waits", () => {
    const gate = gateOf({ reports: 2, reportsPerSecond: 200 });
    takeIn(gate, { together: 10, lasts: 15, works: 1, times: 100 });
    assert.ok(apart(gate) > 10);
  });

  it("come soon after an outage in which all reports were held up", () => {
    const held = gateOf({ reports: 8, reportsPerSecond: 200 });
    takeIn(held, { together: 40, lasts: 10 * 60_000, works: 10, times: 1 });
    assert.ok((Array.from({ length: 10_000 }, () => held.place()).at(-1) ?? 0) < 5 * 60_000, "not the next day");
  });

  it("are limited, and so is the line for them; each is given back once, and taken from a report of which nothing more comes", async () => {
    const gate = gateOf({ reports: 2, reportsPerSecond: 100 });
    const freed: number[] = [];
    const places = Array.from({ length: 10 }, () => gate.enter());
    for (const [n, place] of places.entries()) void place?.free.then(() => freed.push(n));
    const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
    assert.equal(gate.enter(), undefined, "two are taken in and eight wait");
    await settled();
    assert.deepEqual(freed, [0, 1]);
    places[0]?.leave();
    places[0]?.leave();
    await settled();
    assert.deepEqual(freed, [0, 1, 2], "the first of the line");
    places[2]?.keep();
    places[3]?.leave();
    clock.advance({ seconds: 61 });
    assert.ok(gate.enter());
    await settled();
    assert.deepEqual(
      [places[1], places[2], places[3], places[4]].map((place) => place?.isHeld()),
      [false, true, false, true],
    );
    assert.deepEqual(freed, [0, 1, 2, 3, 4], "whoever has left the line doesn't wait for ever");
  });
});

describe("an agent in line for a place", () => {
  const { installed, updates, ...head } = anInventory(1);
  const report: InventoryPart = { type: "inventory", sequence: 1, part: 0, parts: 1, head, installed: [...installed], updates: [...updates] } as InventoryPart;
  const take = async () => ({ kind: "taken", digest: null }) as const;

  it("is told to come again when nothing moves, so that what else it says isn't held up", async () => {
    const gate = createReportGate({ reports: 1, reportsPerSecond: 100 }, testClock(), () => 0);
    gate.enter(); // and nothing more comes of it
    const sent: string[] = [];
    const { receive } = createReportReceiver({ gate, take, send: ({ type }) => sent.push(type), lineMs: 5 });
    await receive(report);
    assert.deepEqual(sent, ["inventoryWanted"]);
  });

  it("that has gone takes no place that nobody would give back", async () => {
    const gate = createReportGate({ reports: 1, reportsPerSecond: 100 }, testClock(), () => 0);
    const { receive, end } = createReportReceiver({ gate, take, send: () => {} });
    end();
    await receive({ ...report, parts: 2 });
    const place = gate.enter();
    await place?.free;
    assert.equal(place?.isHeld(), true);
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

  it("lets a few wait until it has the whole of the one that it takes in, and sends others away", async () => {
    const one = await member("web1");
    one.send(part(0, 2));
    const others = [await member("web2"), await member("web3"), await member("web4"), await member("web5"), await member("web6")];
    // A beginning each: of whom there is no room for nothing more is taken.
    for (const agent of others) agent.send(part(0, 2));
    const answers = others.map((agent) => agent.next());
    const away = await Promise.race(answers.map((answer, n) => answer.then(({ type, afterMs }) => ({ n, type, isTold: afterMs >= 0 }))));
    assert.deepEqual([away.type, away.isTold], ["inventoryWanted", true]);
    for (const agent of others) agent.send(part(1, 2));
    assert.equal(engine.takings.length, 0);
    one.send(part(1, 2));
    assert.deepEqual(await one.next(), {
      type: "inventoryTaken",
      sequence: 1,
      digest: digestOf({ installed: [aPackage("package-0"), aPackage("package-1")], updates: [] }),
    });
    for (const [n, answer] of answers.entries()) if (n !== away.n) assert.equal((await answer).type, "inventoryTaken");
    others[away.n]?.send(part(0, 1));
    assert.equal((await others[away.n]?.next())?.type, "inventoryTaken");
    assert.deepEqual(engine.takings, Array(6).fill("taken"));
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
