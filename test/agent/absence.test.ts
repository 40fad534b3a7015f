import assert from "node:assert/strict";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { joined } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf } from "./raw-agent.ts";

describe("a machine that goes and comes back", function () {
  this.timeout(30_000);
  let clock: TestClock;
  let engine: TestEngine;
  beforeEach(async () => {
    clock = testClock(Date.now());
    engine = await startTestEngine({ clock, settings: { heartbeatMs: 3_600_000 } });
  });
  afterEach(() => engine.stop());
  const pass = async (minutes: number) => {
    for (let n = 0; n < minutes; n++) {
      clock.advance({ minutes: 1 });
      await engine.fleet.tick();
    }
  };
  const told = async () => (await engine.store.read.happenings.open(10)).map(({ kind }) => kind);

  it("is stale after a quarter of an hour, and back when it connects; a restart of the engine tells nothing", async () => {
    const { stateDirectory, home, machineId } = await joined(engine);
    const connect = async () => {
      const raw = await connectRaw(engine.port);
      raw.send(await helloOf(stateDirectory, raw.challenge));
      assert.equal((await raw.next()).type, "welcome");
      return raw;
    };
    const first = await connect();
    await pass(20);
    assert.deepEqual(await told(), [], "it is connected");
    first.socket.close();
    await eventually("the machine is offline", async () => (await engine.store.read.machines.get(machineId))?.state === "offline");
    await pass(14);
    await engine.restart();
    await pass(14);
    assert.deepEqual(await told(), [], "the engine can't know yet");
    await pass(3);
    assert.deepEqual(await told(), ["machine.stale"]);
    const second = await connect();
    assert.deepEqual(await told(), ["machine.stale", "machine.back"]);
    assert.equal((await engine.store.read.machines.get(machineId))?.staleSince, null);
    second.socket.close();
    await home.remove();
  });
});
