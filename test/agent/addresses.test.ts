import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createAddresses } from "../../engine/agent/addresses.ts";
import { startAgent } from "../../engine/agent/agent.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { AGENT } from "./agent-under-test.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";

describe("the addresses of an engine", () => {
  it("take turns when they fail; a round is over when each has", () => {
    const addresses = createAddresses(["a", "b", "a", "c"]);
    const seen = [];
    for (let n = 0; n < 7; n++) seen.push([addresses.current(), addresses.failed()]);
    assert.deepEqual(seen, [
      ["a", { rounds: 0, isLast: false }],
      ["b", { rounds: 0, isLast: false }],
      ["c", { rounds: 1, isLast: true }],
      ["a", { rounds: 1, isLast: false }],
      ["b", { rounds: 1, isLast: false }],
      ["c", { rounds: 2, isLast: true }],
      ["a", { rounds: 2, isLast: false }],
    ]);
    addresses.worked();
    assert.equal(addresses.current(), "b", "what worked is asked again first");
    assert.deepEqual(addresses.failed(), { rounds: 0, isLast: false });
  });

  it("that is alone is the last of each round", () => {
    const addresses = createAddresses(["a"]);
    assert.deepEqual([addresses.failed(), addresses.current(), addresses.failed()], [{ rounds: 1, isLast: true }, "a", { rounds: 2, isLast: true }]);
  });
});

describe("an agent that knows several addresses", function () {
  this.timeout(30_000);
  let engine: TestEngine;
  const cleanUp: (() => unknown)[] = [];

  beforeEach(async () => {
    engine = await startTestEngine({ settings: { heartbeatMs: 100 } });
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const state = async () => {
    const home = await temporaryDirectory();
    cleanUp.push(() => home.remove());
    return join(home.path, "agent");
  };
  const start = async (stateDirectory: string, urls?: readonly string[]) => {
    const agent = await startAgent({ ...AGENT, stateDirectory, urls, adapters: [], policies: [] });
    cleanUp.push(() => agent.stop());
    await agent.connected;
    return agent;
  };

  it("joins at the first one that answers, and keeps them all", async () => {
    const closed = await deadAddress();
    const token = await engine.fleet.joinTokens.create({ url: closed, scope: "/", by: "tester" });
    const stateDirectory = await state();
    const member = await joinEngine({ ...AGENT, stateDirectory, token: token.token, name: "web1", urls: [engine.url] });
    assert.equal(member.url, engine.url);
    await start(stateDirectory);
    assert.equal(engine.fleet.connected(), 1);
  });

  it("isn't refused by one engine to join at another one: what is said is final", async () => {
    const unused = await engine.fleet.joinTokens.create({ url: engine.url, scope: "/", by: "tester" });
    await engine.fleet.joinTokens.revoke(unused.id);
    const joining = joinEngine({ ...AGENT, stateDirectory: await state(), token: unused.token, name: "web1", urls: [await deadAddress()] });
    await assert.rejects(joining, (error) => isRunwrightError(error, "JOIN_TOKEN_INVALID"));
  });

  it("goes to the next one when its engine answers no more, although nothing closes the connection", async () => {
    const line = await startLine(engine.port);
    cleanUp.push(() => line.stop());
    const stateDirectory = await state();
    const token = await engine.fleet.joinTokens.create({ url: line.url, scope: "/", by: "tester" });
    await joinEngine({ ...AGENT, stateDirectory, token: token.token, name: "web1" });
    await start(stateDirectory, [engine.url]);
    assert.equal(line.calls(), 2, "it joined and connected over the line");
    line.cut();
    const there = await eventually("another connection", async () => {
      const { engine: held, state } = await engine.fleet.machines.get("web1");
      return held === "eng_1" && state === "online" && line.calls() === 2 && line.closedByAgent();
    });
    assert.ok(there);
    await eventually("its welcome elsewhere", () => engine.fleet.connected() === 1);
  });
});

/** An address that nothing listens on. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A line to a port that can be cut as a broken network cuts it: nothing passes any more, and neither side is told. */
async function startLine(port: number) {
  const sockets = new Set<Socket>();
  let calls = 0;
  let closedByAgent = false;
  const server = createServer((near) => {
    calls++;
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}); // cut on purpose
    }
    near.on("data", (data) => void far.write(data));
    far.on("data", (data) => void near.write(data));
    near.once("close", () => {
      closedByAgent = true;
      far.destroy();
    });
    far.once("close", () => near.destroy());
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    closedByAgent: () => closedByAgent,
    cut() {
      closedByAgent = false;
      for (const socket of sockets) socket.removeAllListeners("data").resume();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
