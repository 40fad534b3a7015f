import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Agent, startAgent } from "../../engine/agent/agent.ts";
import { newSeed } from "../../engine/protocol/signature.ts";
import { AGENT, joined } from "../agent/agent-under-test.ts";
import { code, counted, outputOf, performOn, request, times } from "../agent/command-rig.ts";
import { startTestEngine, type TestEngine } from "../agent/engine-under-test.ts";
import { connectRaw, helloOf } from "../agent/raw-agent.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

/** The fleets of two engines on one PostgreSQL: what each does when a machine is, or seems to be, at the other one. */
describe("a machine at one of two engines", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let here: TestEngine;
  let there: TestEngine;
  let clock: TestClock;
  const cleanUp: (() => Promise<unknown>)[] = [];
  const machine = () => here.fleet.machines.get("web1");

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    const shared = { database: await postgres.newDatabase(), seed: newSeed() };
    clock = testClock(Date.now());
    // No heartbeat corrects anything while a test runs.
    const settings = { cloneAnswerMs: 200, heartbeatMs: 120_000 };
    here = await startTestEngine({ clock, settings, cluster: { ...shared, engineId: "eng_here" } });
    there = await startTestEngine({ clock, settings, cluster: { ...shared, engineId: "eng_there" } });
    cleanUp.push(
      () => here.stop(),
      () => there.stop(),
    );
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  const member = async () => {
    const one = await joined(here);
    cleanUp.push(() => one.home.remove());
    return one;
  };
  const rawAt = async (engine: TestEngine, stateDirectory: string, { runId, ...options }: { runId?: string; autoPong?: boolean } = {}) => {
    const raw = await connectRaw(engine.port, options);
    cleanUp.push(async () => raw.socket.terminate());
    raw.send(await helloOf(stateDirectory, raw.challenge, { runId }));
    assert.equal((await raw.next()).type, "welcome");
    return raw;
  };
  /** A real agent that is connected to the other engine. */
  const agentThere = async (): Promise<Agent & { stateDirectory: string }> => {
    const { stateDirectory } = await member();
    const identity = join(stateDirectory, "identity.json");
    await writeFile(identity, (await readFile(identity, "utf8")).replace(here.url, there.url));
    const agent = await startAgent({ ...AGENT, adapters: [], policies: [], stateDirectory });
    cleanUp.push(() => agent.stop());
    await agent.connected;
    return { ...agent, stateDirectory };
  };

  it("gets what is asked for here at once, and its result is heard here", async () => {
    const agent = await agentThere();
    assert.equal((await machine()).engine, "eng_there");
    const file = join(agent.stateDirectory, "count");
    const command = request(agent.machineId, counted(file, "echo said"));
    assert.equal((await performOn(here, command)).stdout, "said\n");
    assert.equal((await outputOf(here, command.id))[0]?.chunk, "said\n");
    assert.equal((await performOn(there, command)).stdout, "said\n", "asked again, anywhere, it answers with what it has");
    assert.equal(await times(file), 1);
  });

  it("is told to end what was cancelled here", async () => {
    const agent = await agentThere();
    const command = request(agent.machineId, ["sh", "-c", "echo begun; exec sleep 300"]);
    const outcome = performOn(here, command).catch((error) => error);
    await eventually("its start", async () => (await outputOf(here, command.id)).length > 0);
    assert.equal(await here.fleet.commands.cancel(command.id), true);
    assert.ok(code("COMMAND_CANCELLED")(await outcome));
    await eventually("the end of its process", async () => {
      const [ended] = (await auditOf(agent.stateDirectory)).filter((line) => line.event === "finished");
      return ended;
    });
  });

  it("has each of its commands expire once: both engines look, and the one where somebody waits hears", async () => {
    const { machineId } = await member();
    await here.store.write((tx) => tx.machines.patch(machineId, { lastSeenAt: clock.now() }));
    const outcome = performOn(here, request(machineId, ["true"])).catch((error) => error);
    await eventually("its row", async () => (await here.store.read.commands.open(machineId)).length === 1);
    clock.advance({ minutes: 2 });
    await there.fleet.tick();
    assert.ok(code("AGENT_OFFLINE", /wasn't connected in time/)(await outcome));
    await here.fleet.tick();
  });

  it("is where its newest connection is: an engine that still holds a dead one drops it, and sends nothing over it", async () => {
    const { stateDirectory, machineId } = await member();
    const dead = await rawAt(here, stateDirectory, { autoPong: false });
    const alive = await rawAt(there, stateDirectory);
    const outcome = performOn(here, request(machineId, ["true"]));
    const frame = await alive.next();
    assert.equal(frame.type, "command");
    alive.send({ type: "result", commandId: frame.id, outcome: { status: "completed", value: "done" } });
    assert.equal(await outcome, "done");
    await dead.closed;
    await assert.rejects(dead.next(), /no frame is left/);
    await eventually("the end of the dead one", () => here.fleet.connected() === 0);
    assert.equal((await machine()).state, "online");
    assert.equal((await machine()).engine, "eng_there");
  });

  it("comes back to an engine that it had left, with its open commands", async () => {
    const { stateDirectory, machineId } = await member();
    const first = await rawAt(here, stateDirectory);
    const outcome = performOn(there, request(machineId, ["true"]));
    const { id } = await first.next();
    first.socket.terminate();
    const second = await rawAt(there, stateDirectory);
    assert.equal((await second.next()).id, id);
    second.socket.terminate();
    const third = await rawAt(here, stateDirectory);
    assert.equal((await third.next()).id, id);
    third.send({ type: "result", commandId: id, outcome: { status: "completed", value: "done" } });
    assert.equal(await outcome, "done");
    assert.equal((await machine()).engine, "eng_here");
  });

  it("is two machines when the earlier connection still answers: both are refused", async () => {
    const { stateDirectory } = await member();
    const original = await rawAt(here, stateDirectory, { runId: "run_1" });
    const copy = await rawAt(there, stateDirectory, { runId: "run_2" });
    assert.equal((await original.next()).code, "AGENT_CLONED");
    await copy.closed;
    assert.equal((await machine()).state, "cloned");
    const [entry] = await there.store.read.activity.list({ scopes: ["/"], limit: 1 });
    assert.equal(entry?.operation, "machine.cloned");
    const again = await connectRaw(there.port);
    again.send(await helloOf(stateDirectory, again.challenge));
    assert.equal((await again.next()).code, "AGENT_CLONED");
  });

  it("is cut off there when it is revoked here", async () => {
    const { stateDirectory } = await member();
    const raw = await rawAt(there, stateDirectory);
    await here.fleet.machines.revoke("web1");
    await raw.closed;
    assert.equal((await machine()).state, "revoked");
    const again = await connectRaw(there.port);
    again.send(await helloOf(stateDirectory, again.challenge));
    assert.equal((await again.next()).code, "AGENT_KEY_REFUSED");
  });

  it("of an engine that was killed is waited for, and offline when it hasn't come back in three minutes", async () => {
    const { machineId } = await member();
    const killed = { state: "online", engine: "eng_killed", lastSeenAt: clock.now() } as const;
    await here.store.write((tx) => tx.machines.patch(machineId, killed));
    clock.advance({ minutes: 2, seconds: 50 });
    await here.fleet.tick();
    const command = await here.fleet.commands.enqueue(request(machineId, ["true"]));
    assert.equal(command.status, "queued");
    clock.advance({ seconds: 40 });
    await Promise.all([here.fleet.tick(), there.fleet.tick()]);
    assert.deepEqual([(await machine()).state, (await machine()).engine], ["offline", null]);
    await assert.rejects(here.fleet.commands.enqueue(request(machineId, ["true"])), code("AGENT_OFFLINE"));
  });

  it("that was taken for gone while its engine was slow connects again", async () => {
    const { stateDirectory, machineId } = await member();
    const raw = await rawAt(here, stateDirectory);
    await there.store.write((tx) => tx.machines.patch(machineId, { lastSeenAt: clock.now() - 3_600_000 }));
    await there.fleet.tick();
    await raw.closed;
    await rawAt(here, stateDirectory);
    assert.equal((await machine()).state, "online");
  });
});

async function auditOf(stateDirectory: string): Promise<{ event: string }[]> {
  const text = await readFile(join(stateDirectory, "audit.log"), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
