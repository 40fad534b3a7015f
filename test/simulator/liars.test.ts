import assert from "node:assert/strict";
import type { Inventory } from "../../engine/core/update.ts";
import { CLOSE, MAX_FRAME_BYTES } from "../../engine/protocol/agent.ts";
import type { Command, Machine, NewJoinToken } from "../../engine/protocol/http/machines.ts";
import { helloStatement, newSeed, openIdentity } from "../../engine/protocol/signature.ts";
import { joined } from "../agent/agent-under-test.ts";
import { connectRaw, helloOf, NONCE } from "../agent/raw-agent.ts";
import { completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { anInventory, anUpdate, aPackage } from "../updates/reports.ts";
import { type SimulatedWorld, startSimulatedWorld } from "./fleet-under-test.ts";

const HONEST = 20;

describe("a machine that lies among honest ones", function () {
  this.timeout(120_000);
  let world: SimulatedWorld;
  let liar: ScriptedAgent;
  const engineOf = () => ({
    port: world.port,
    token: async () => (await world.demand<NewJoinToken>("POST", "/join-tokens", { scope: "/" })).token,
  });
  before(async () => {
    world = await startSimulatedWorld({ machines: HONEST });
    liar = await startScriptedAgent(engineOf(), { name: "liar", answers: {} });
    await world.reported();
  });
  after(async () => {
    await liar.stop();
    await world.stop();
  });
  /** Nobody else has noticed anything. */
  afterEach(async () => {
    assert.equal(world.fleet.figures.now().online, HONEST);
    assert.deepEqual(world.fleet.figures.now().errors, []);
    await Promise.all(world.fleet.agents.map((agent) => agent.report()));
  });
  const machine = (name: string) => world.demand<Machine>("GET", `/machines/${name}`);

  it("can't be another one: the key decides", async () => {
    const victim = await machine("sim-00001");
    const { home, stateDirectory } = await joined(engineOf(), { name: "pretender" });
    const raw = await connectRaw(world.port);
    const hello = await helloOf(stateDirectory, raw.challenge);
    const own = openIdentity(newSeed());
    const nonces = { agentNonce: NONCE, engineNonce: raw.challenge.nonce, engineKey: raw.challenge.engineKey };
    const signature = own.sign(helloStatement(nonces, victim.id, hello.runId));
    raw.send({ ...hello, machineId: victim.id, publicKey: own.publicKey, signature });
    assert.equal((await raw.next()).code, "AGENT_KEY_REFUSED");
    assert.equal((await raw.closed).code, CLOSE.refused);
    assert.equal((await machine("sim-00001")).state, "online");
    await home.remove();
  });

  it("can't end another one's command, which its own machine carries out; and the activity log says who tried", async () => {
    const [honest] = world.fleet.agents;
    const { name } = (await world.demand<{ items: Machine[] }>("GET", "/machines?limit=500")).items.find(({ id }) => id === honest?.machineId) ?? {};
    honest?.goAway(1_500);
    await eventually("it is away", async () => (await machine(name ?? "")).state === "offline");
    const asked = await world.demand<Command>("POST", `/machines/${name}/commands`, { action: "exec", args: { argv: ["true"] } });
    liar.send({ type: "ack", commandId: asked.id });
    liar.send({ type: "result", commandId: asked.id, outcome: completed({ lied: true }) });
    liar.send({ type: "output", commandId: asked.id, seq: 1, stream: "stdout", chunk: "lies" });
    const ended = await eventually(
      "its end",
      async () => {
        const found = await world.demand<Command>("GET", `/commands/${asked.id}`);
        return found.endedAt === null ? undefined : found;
      },
      60_000,
    );
    assert.deepEqual([ended.status, JSON.stringify(ended).includes("lie")], ["completed", false]);
    const tried = async () =>
      (await world.demand<{ items: { actor: { name: string }; result: string }[] }>("GET", "/activity?operation=machine.falseClaim")).items;
    const entries = await eventually("an entry", async () => ((await tried()).length > 0 ? tried() : undefined));
    assert.deepEqual(
      entries.map(({ result }) => result),
      ["FORBIDDEN"],
      "one for a connection, however often it lies",
    );
    await eventually("all are back", () => world.fleet.figures.now().online === HONEST, 60_000);
  });

  it("isn't believed when it tells of commands that nobody has sent, and is told to be quiet about them", async () => {
    const raw = await memberCalled("inventor");
    raw.send({ type: "result", commandId: "cmd_invented", outcome: completed(1) });
    assert.deepEqual(await raw.next(), { type: "resultConfirmed", commandId: "cmd_invented" });
    assert.equal((await world.engine.request("GET", "/api/v1/commands/cmd_invented")).status, 404);
    raw.socket.terminate();
  });

  it("isn't every one that tells of another one's command: a machine that was removed and has joined anew tells what it had done before", async () => {
    const before = await memberCalled("returner");
    const asked = await world.demand<Command>("POST", "/machines/returner/commands", { action: "exec", args: { argv: ["true"] } });
    assert.equal((await before.next()).id, asked.id);
    const { url, token } = world.engine;
    assert.ok((await fetch(`${url}/api/v1/machines/returner`, { method: "DELETE", headers: { authorization: `Bearer ${token}` } })).ok);
    await before.closed;
    const after = await memberCalled("returner");
    after.send({ type: "result", commandId: asked.id, outcome: completed(1) });
    assert.deepEqual(await after.next(), { type: "resultConfirmed", commandId: asked.id });
    const { items } = await world.demand<{ items: { actor: { name: string } }[] }>("GET", "/activity?operation=machine.falseClaim");
    assert.ok(items.every(({ actor }) => actor.name !== "returner"));
    after.socket.terminate();
  });

  it("is cut off when a frame is too large", async () => {
    const raw = await memberCalled("shouter");
    raw.socket.send("x".repeat(MAX_FRAME_BYTES + 1));
    assert.equal((await raw.closed).code, 1009);
  });

  it("can't bring back what was true before: an older report changes nothing", async () => {
    const raw = await memberCalled("historian");
    const say = (sequence: number, { installed, updates, ...head }: Inventory) =>
      raw.send({ type: "inventory", sequence, part: 0, parts: 1, head, installed, updates });
    const now = Date.now();
    say(10, anInventory(now, { installed: [aPackage("bash", "2"), aPackage("curl", "1")], updates: [anUpdate("curl")] }));
    const taken = await raw.next();
    assert.deepEqual([taken.type, taken.sequence], ["inventoryTaken", 10]);
    say(9, anInventory(now, { installed: [aPackage("bash", "1")], updates: [] }));
    assert.deepEqual(await raw.next(), { type: "inventoryWanted", beyond: 10 });
    const { assessment } = await machine("historian");
    assert.deepEqual([assessment?.installedCount, assessment?.compliance], [2, "noncompliant"]);
    raw.socket.terminate();
  });

  async function memberCalled(name: string) {
    const { home, stateDirectory } = await joined(engineOf(), { name });
    const raw = await connectRaw(world.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    await home.remove();
    return raw;
  }
});
