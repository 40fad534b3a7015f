import assert from "node:assert/strict";
import { openAudit } from "../../engine/agent/audit.ts";
import { openCommandRecords } from "../../engine/agent/command-records.ts";
import { createCommands } from "../../engine/agent/commands.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { joined } from "./agent-under-test.ts";
import { code, performOn, request } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf } from "./raw-agent.ts";

const ARGS = { reason: "test", bootId: "boot-1", startWithinMs: 600_000 };

describe("a command that may begin for a while", () => {
  let engine: TestEngine;
  let clock: TestClock;
  let machineId: string;
  let stateDirectory: string;
  const cleanUp: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    clock = testClock(Date.now());
    engine = await startTestEngine({ clock, settings: { heartbeatMs: 1_000_000 } });
    cleanUp.push(() => engine.stop());
    const machine = await joined(engine);
    cleanUp.push(() => machine.home.remove());
    ({ machineId, stateDirectory } = machine);
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  async function connect() {
    const raw = await connectRaw(engine.port);
    cleanUp.push(async () => raw.socket.terminate());
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    return raw;
  }
  const reboot = () => ({ ...request(machineId, []), action: "reboot", args: ARGS });

  it("is sent with as much less time as it has waited for its machine, also when it is sent again", async () => {
    await engine.fleet.commands.enqueue({ ...reboot(), startWithinMs: 3_600_000 });
    for (const [minutes, left] of [
      [4, 360_000],
      [1, 300_000],
      [9, 0],
    ] as const) {
      clock.advance({ minutes });
      const raw = await connect();
      assert.deepEqual((await raw.next()).args, { ...ARGS, startWithinMs: left });
      raw.socket.terminate();
      await eventually("offline", async () => (await engine.fleet.machines.get("web1")).state === "offline");
    }
  });

  it("that expires is cancelled on its machine, which may not have begun it yet", async () => {
    const raw = await connect();
    const command = { ...reboot(), args: { ...ARGS, timeoutMs: 60_000 } };
    const outcome = performOn(engine, command).catch((error) => error);
    assert.equal((await raw.next()).id, command.id);
    raw.send({ type: "ack", commandId: command.id });
    await eventually("acknowledged", async () => (await engine.store.read.commands.get(command.id))?.status === "acknowledged");
    clock.advance({ minutes: 17 });
    await engine.fleet.tick();
    assert.ok(code("COMMAND_EXPIRED")(await outcome));
    assert.deepEqual(await raw.next(), { type: "cancel", commandId: command.id });
  });
});

it("a command that waits on its machine until others have ended has as much less time to begin", async () => {
  await using home = await temporaryDirectory();
  const clock = testClock();
  const log = { info() {}, warn() {}, error() {} };
  const given: unknown[] = [];
  const commands = await createCommands({
    records: await openCommandRecords(home.path, clock),
    actions: { install: async (args) => void given.push(args) },
    refusalOf: async () => void clock.advance({ seconds: 7 }), // whatever comes before its action takes time
    audit: openAudit(home.path, { clock, log }),
    ...{ clock, log, onFinished() {} },
  });
  for (const [i, startWithinMs] of [60_000, 5_000, -1].entries())
    await commands.receive({ type: "command", id: `cmd_${i}`, action: "install", args: { startWithinMs }, startWithinMs: 60_000, acknowledged: false });
  assert.deepEqual(given, [{ startWithinMs: 53_000 }, { startWithinMs: 0 }, { startWithinMs: -1 }]);
});
