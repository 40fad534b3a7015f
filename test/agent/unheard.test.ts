import assert from "node:assert/strict";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { ACTOR, startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { type ScriptedAgent, startScriptedAgent } from "./scripted-agent.ts";

describe("a command that the engine has given up after it was sent", () => {
  const clock = testClock();
  let engine: TestEngine;
  let agent: ScriptedAgent;

  beforeEach(async () => {
    engine = await startTestEngine({ clock });
    agent = await startScriptedAgent(engine, { answers: { reboot: () => "silence", exec: () => "silence" } });
  });
  afterEach(async () => {
    await agent.stop();
    await engine.stop();
  });

  async function sent(id: string, action = "reboot"): Promise<void> {
    const request = { id, machineId: agent.machineId, action, args: {}, jobId: "job_1", actor: ACTOR, correlationId: "test" };
    await engine.fleet.commands.enqueue(request);
    await eventually("it is taken", async () => (await engine.store.read.commands.get(id))?.acknowledgedAt);
  }
  const unheard = async () => (await engine.store.read.commands.unheard(agent.machineId, 0)).map(({ id }) => id);

  it("is unheard of until its machine says how it ended", async () => {
    await sent("cmd_1");
    assert.deepEqual(await unheard(), []);
    await engine.fleet.commands.cancelOfJob("job_1");
    assert.deepEqual(await unheard(), ["cmd_1"]);
    agent.send({ type: "result", commandId: "cmd_1", outcome: { status: "failed", error: { code: "REBOOT_FAILED", message: "it still runs" } } });
    await eventually("its word", async () => (await unheard()).length === 0);
    assert.equal((await engine.store.read.commands.get("cmd_1"))?.status, "failed");
  });

  it("is unheard of when its time is over, until a result comes after all", async () => {
    await sent("cmd_1");
    clock.advance({ hours: 25 });
    await engine.fleet.tick();
    assert.deepEqual(await unheard(), ["cmd_1"]);
    await agent.connect(); // silence for a day has ended the first connection
    agent.send({ type: "result", commandId: "cmd_1", outcome: { status: "completed", value: {} } });
    await eventually("its word", async () => (await unheard()).length === 0);
  });

  it("is over when its machine comes from another boot, if that was what it was to do", async () => {
    await sent("cmd_1");
    await sent("cmd_2", "exec");
    await engine.fleet.commands.cancelOfJob("job_1");
    await agent.disconnect();
    await agent.connect();
    assert.deepEqual((await unheard()).sort(), ["cmd_1", "cmd_2"], "the same boot says nothing");
    await agent.disconnect();
    await agent.connect({ bootId: "another" });
    assert.deepEqual(await unheard(), ["cmd_2"]);
  });

  it("isn't unheard of when it was never sent", async () => {
    await agent.disconnect();
    await eventually("the engine knows", async () => (await engine.store.read.machines.get(agent.machineId))?.state === "offline");
    await engine.fleet.commands.enqueue({
      id: "cmd_1",
      machineId: agent.machineId,
      action: "reboot",
      args: {},
      jobId: "job_1",
      actor: ACTOR,
      correlationId: "test",
    });
    await engine.fleet.commands.cancelOfJob("job_1");
    assert.deepEqual(await unheard(), []);
  });
});
