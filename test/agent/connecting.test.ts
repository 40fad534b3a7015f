import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { startAgent } from "../../engine/agent/agent.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { AGENT_PATH, CLOSE, NONCE_HEADER } from "../../engine/protocol/agent.ts";
import { newSeed } from "../../engine/protocol/signature.ts";
import { testClock } from "../support/clock.ts";
import { eventually } from "../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { AGENT, joined, startTestAgent } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";
import { connectRaw, helloOf, NONCE } from "./raw-agent.ts";

describe("the connection of an agent", () => {
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];
  const state = async (name = "web1") => (await engine.fleet.machines.get(name)).state;

  beforeEach(async () => {
    engine = await startTestEngine({ settings: { cloneAnswerMs: 500, handshakeMs: 300 } });
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const member = async (name = "web1") => {
    const one = await joined(engine, { name });
    cleanUp.push(() => one.home.remove());
    return one;
  };
  const running = async (options: Parameters<typeof startTestAgent>[1] = {}) => {
    const one = await startTestAgent(engine, options);
    cleanUp.push(() => one.stop());
    return one;
  };

  it("makes the machine online with its facts, and offline when the agent stops", async () => {
    const agent = await running();
    const machine = await engine.fleet.machines.get("web1");
    assert.equal(machine.state, "online");
    assert.equal(machine.engine, "eng_1");
    assert.equal(machine.facts?.os, process.platform === "linux" ? "linux" : machine.facts?.os);
    assert.ok(machine.facts && machine.facts.bootId.length > 0 && machine.facts.memoryBytes > 0);
    await agent.agent.stop();
    await eventually("offline", async () => (await state()) === "offline");
    assert.ok((await engine.fleet.machines.get("web1")).lastSeenAt);
  });

  it("comes back after the engine was restarted", async () => {
    await running();
    await engine.restart();
    await eventually("a reconnect", () => engine.fleet.connected() === 1, 15_000);
    assert.equal(await state(), "online");
  });

  it("is offline in the records of an engine that was killed and starts again without it", async () => {
    const { stateDirectory } = await member();
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    // As a kill leaves it: the row still says "online" when the next engine opens the database.
    const { id } = await engine.fleet.machines.get("web1");
    raw.socket.terminate();
    await eventually("offline", async () => (await state()) === "offline");
    await engine.store.write((tx) => tx.machines.patch(id, { state: "online", engine: "eng_1" }));
    await engine.restart();
    assert.equal(await state(), "offline");
  });

  for (const { speaks, upgrade } of [
    { speaks: 99, upgrade: "upgrade the engine" },
    { speaks: 0, upgrade: "upgrade the agent" },
  ]) {
    it(`tells a peer that speaks protocol ${speaks}, in whatever form: ${upgrade}`, async () => {
      const raw = await connectRaw(engine.port);
      raw.send({ type: "greetings", protocol: speaks, quantum: true });
      const refusal = await raw.next();
      assert.equal(refusal.code, "AGENT_PROTOCOL");
      assert.ok(refusal.message.endsWith(upgrade), refusal.message);
      const { code, reason } = await raw.closed;
      assert.equal(code, CLOSE.protocol);
      assert.ok(reason.endsWith(upgrade), reason);
    });
  }

  it("ends with a frame of 100 MB, and nobody else's does", async () => {
    await running();
    const { stateDirectory } = await member("web2");
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    const before = process.memoryUsage().rss;
    raw.socket.send(Buffer.alloc(100 * 1024 * 1024, 0x20));
    assert.equal((await raw.closed).code, 1009);
    assert.ok(process.memoryUsage().rss - before < 400 * 1024 * 1024, "the frame wasn't refused at its head");
    await eventually("its end at the engine", () => engine.fleet.connected() === 1);
    assert.equal(await state("web1"), "online");
    await eventually("web2 offline", async () => (await state("web2")) === "offline");
  });

  for (const [what, text] of [
    ["text that isn't JSON", "}{"],
    ["a frame that nobody knows", '{"type":"gift"}'],
    ["a frame of the wrong form", '{"type":"heartbeat","running":7}'],
    ["a second hello", null],
  ] as const) {
    it(`ends with ${what}, and says so`, async () => {
      const { stateDirectory } = await member();
      const raw = await connectRaw(engine.port);
      const hello = await helloOf(stateDirectory, raw.challenge);
      raw.send(hello);
      assert.equal((await raw.next()).type, "welcome");
      raw.socket.send(text ?? JSON.stringify(hello));
      assert.equal((await raw.next()).code, "BAD_REQUEST");
      assert.equal((await raw.closed).code, CLOSE.invalid);
    });
  }

  it("is cut off when nothing is said", async () => {
    const raw = await connectRaw(engine.port);
    assert.equal((await raw.closed).code, CLOSE.timeout);
  });

  it("isn't made for who is no agent: no nonce, no upgrade", async () => {
    const status = await upgradeStatus(engine.port, {});
    assert.equal(status.code, 400);
  });

  it("isn't made for addresses that make no sense, and the engine goes on", async () => {
    const socket = connect(engine.port, "127.0.0.1");
    await once(socket, "connect");
    socket.end("GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await running();
    assert.equal(engine.fleet.connected(), 1);
    socket.destroy();
  });

  it("tells a herd to come again later, and lets it in then", async () => {
    await engine.stop();
    engine = await startTestEngine({ settings: { handshakes: 2 } });
    const [first, second] = await Promise.all([connectRaw(engine.port), connectRaw(engine.port)]);
    const { code, retryAfter } = await upgradeStatus(engine.port, { [NONCE_HEADER]: NONCE });
    assert.equal(code, 429);
    assert.ok(retryAfter >= 5 && retryAfter <= 30, `Retry-After: ${retryAfter}`);
    const token = await engine.token();
    await assert.rejects(
      joinEngine({ ...AGENT, stateDirectory: join((await directory()).path, "state"), token, name: "web1" }),
      (error) => isRunwrightError(error, "OVERLOADED") && "retryAfterMs" in error && Number(error.retryAfterMs) >= 5_000,
    );
    first.socket.terminate();
    await Promise.all([first.closed, second.socket.terminate()]);
    await eventually("a free place", async () => {
      const raw = await connectRaw(engine.port).catch(() => undefined);
      raw?.socket.terminate();
      return raw !== undefined;
    });
  });

  it("refuses a wrong key, and the key of a machine that it doesn't know", async () => {
    const { stateDirectory } = await member();
    const wrong = await connectRaw(engine.port);
    wrong.send(await helloOf(stateDirectory, wrong.challenge, { seed: newSeed() }));
    assert.equal((await wrong.next()).code, "AGENT_KEY_REFUSED");
    assert.equal((await wrong.closed).code, CLOSE.refused);

    const unknown = await connectRaw(engine.port);
    unknown.send({ ...(await helloOf(stateDirectory, unknown.challenge)), machineId: "mch_nobody" });
    assert.equal((await unknown.next()).code, "AGENT_KEY_REFUSED");
  });

  it("refuses a signature that was made for another connection", async () => {
    const { stateDirectory } = await member();
    const first = await connectRaw(engine.port);
    const replayed = await helloOf(stateDirectory, first.challenge);
    const second = await connectRaw(engine.port);
    second.send(replayed);
    assert.equal((await second.next()).code, "AGENT_KEY_REFUSED");
    first.socket.terminate();
  });

  it("ends when the machine is revoked, and isn't made again", async () => {
    const agent = await running();
    await engine.fleet.machines.revoke("web1");
    await eventually("the end", () => engine.fleet.connected() === 0);
    assert.equal(await state(), "revoked");
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(agent.stateDirectory, raw.challenge));
    const refusal = await raw.next();
    assert.equal(refusal.code, "AGENT_KEY_REFUSED");
    assert.match(refusal.message, /revoked/);
    assert.ok(refusal.retryAfterMs >= 60_000);
  });

  it("refuses both of two machines that have one key, until one of them joins anew", async () => {
    const { original, copy, clone } = await twins();
    await eventually("the discovery", async () => (await state()) === "cloned");
    await eventually("the end of the first", () => engine.fleet.connected() === 0);
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(original.stateDirectory, raw.challenge));
    assert.equal((await raw.next()).code, "AGENT_CLONED");
    const [entry] = await engine.store.read.activity.list({ scopes: ["/"], limit: 1 });
    assert.equal(entry?.operation, "machine.cloned");

    // The copy becomes a machine of its own; the original is the only one with the old key.
    await clone.stop();
    await joinEngine({ ...AGENT, stateDirectory: copy, token: await engine.token(), name: "web2" });
    await original.restart();
    assert.equal(await state(), "online");
  });

  it("can be allowed again by an operator when the other of two machines is gone", async () => {
    const { original, clone } = await twins();
    await eventually("the discovery", async () => (await state()) === "cloned");
    await clone.stop();
    await engine.fleet.machines.reinstate("web1");
    await original.restart();
    assert.equal(await state(), "online");
    await assert.rejects(engine.fleet.machines.reinstate("web1"), (error) => isRunwrightError(error, "CONFLICT"));
  });

  it("isn't allowed again because somebody says that he gives up a key that he doesn't have", async () => {
    const { original, clone } = await twins();
    await eventually("the discovery", async () => (await state()) === "cloned");
    await clone.stop();
    const liar = await member("web2");
    const identity = join(liar.stateDirectory, "identity.json");
    await writeFile(identity, JSON.stringify({ ...JSON.parse(await readFile(identity, "utf8")), machineId: original.machineId }));
    await joinEngine({ ...AGENT, stateDirectory: liar.stateDirectory, token: await engine.token(), name: "web3" });
    assert.equal(await state(), "cloned");
  });

  it("gives the name to the one of two clones that joins again, and refuses the other's key", async () => {
    const { original, copy, clone } = await twins();
    await eventually("the discovery", async () => (await state()) === "cloned");
    await clone.stop();
    const again = await joinEngine({ ...AGENT, stateDirectory: copy, token: await engine.token(), name: "web1" });
    assert.equal(again.machineId, original.machineId);
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(original.stateDirectory, raw.challenge));
    assert.equal((await raw.next()).code, "AGENT_KEY_REFUSED");
  });

  it("is replaced by a newer one of the same machine when it is dead", async () => {
    const { stateDirectory } = await member();
    const dead = await connectRaw(engine.port);
    dead.send(await helloOf(stateDirectory, dead.challenge, { runId: "run_1" }));
    assert.equal((await dead.next()).type, "welcome");
    // Its machine lost power: nothing answers any more, and nothing says so.
    dead.socket.pause();
    const after = await connectRaw(engine.port);
    after.send(await helloOf(stateDirectory, after.challenge, { runId: "run_2" }));
    assert.equal((await after.next()).type, "welcome");
    assert.equal(await state(), "online");
    assert.equal(engine.fleet.connected(), 1);
    dead.socket.terminate();
    after.socket.terminate();
  });

  it("is replaced at once by a reconnect of the same run", async () => {
    const { stateDirectory } = await member();
    const first = await connectRaw(engine.port);
    first.send(await helloOf(stateDirectory, first.challenge));
    assert.equal((await first.next()).type, "welcome");
    const second = await connectRaw(engine.port);
    second.send(await helloOf(stateDirectory, second.challenge));
    assert.equal((await second.next()).type, "welcome");
    assert.equal((await first.closed).code, CLOSE.replaced);
    assert.equal(await state(), "online");
    second.socket.terminate();
  });

  it("is cut off when the agent has been silent for three heartbeats", async () => {
    await engine.stop();
    const clock = testClock(Date.now());
    engine = await startTestEngine({ clock });
    const { stateDirectory } = await member();
    const raw = await connectRaw(engine.port);
    raw.send(await helloOf(stateDirectory, raw.challenge));
    assert.equal((await raw.next()).type, "welcome");
    clock.advance({ seconds: 3 });
    await engine.fleet.tick();
    assert.equal(engine.fleet.connected(), 1);
    clock.advance({ seconds: 1 });
    await engine.fleet.tick();
    assert.equal((await raw.closed).code, 1006);
    await eventually("offline", async () => (await state()) === "offline");
  });

  it("can't be opened by two agents with one state directory", async () => {
    const agent = await running();
    await assert.rejects(startAgent({ ...AGENT, stateDirectory: agent.stateDirectory, adapters: [] }), (error) => isRunwrightError(error, "AGENT_STATE"));
  });

  it("can't be opened before the machine has joined", async () => {
    await assert.rejects(startAgent({ ...AGENT, stateDirectory: join((await directory()).path, "new"), adapters: [] }), /join an engine first/);
  });

  /** Two agents with one key, as after copying a disk. */
  async function twins() {
    const original = await running();
    await eventually("its first report", async () => (await engine.updates.assessmentOf(original.machineId)).assessedAt);
    const copy = join((await directory()).path, "copy");
    await cp(original.stateDirectory, copy, { recursive: true });
    const clone = await startAgent({ ...AGENT, stateDirectory: copy, adapters: [] });
    cleanUp.push(() => clone.stop());
    return { original, copy, clone };
  }

  async function directory(): Promise<TemporaryDirectory> {
    const one = await temporaryDirectory();
    cleanUp.push(() => one.remove());
    return one;
  }
});

function upgradeStatus(port: number, headers: Record<string, string>): Promise<{ code: number | undefined; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    request({ host: "127.0.0.1", port, path: AGENT_PATH, headers: { ...upgrade, ...headers } })
      .on("response", (response) => {
        response.resume();
        resolve({ code: response.statusCode, retryAfter: Number(response.headers["retry-after"]) });
      })
      .on("upgrade", (_, socket) => {
        socket.destroy();
        resolve({ code: 101, retryAfter: Number.NaN });
      })
      .on("error", reject)
      .end();
  });
}
