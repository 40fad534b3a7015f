import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { agentStatus } from "../../../engine/agent/status.ts";
import { statusText } from "../../../engine/agent/status-text.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { startTestAgent } from "../agent-under-test.ts";
import { performOn, request } from "../command-rig.ts";
import { startTestEngine, type TestEngine } from "../engine-under-test.ts";

describe("the status of an agent", () => {
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  it("says that nothing has happened where nothing has, and makes nothing there", async () => {
    await using home = await temporaryDirectory();
    const status = await agentStatus(join(home.path, "none"));
    assert.equal(status.identity, null);
    assert.equal(status.running, false);
    const text = Object.fromEntries(statusText(status, 0));
    assert.match(text.machine ?? "", /hasn't joined/);
    assert.equal(text.agent, "doesn't run");
    assert.equal(text.connected, "never");
  });

  it("shows identity, engine, process, connection and running commands, and afterwards the last connection", async () => {
    const agent = await startTestAgent(engine);
    cleanUp.push(() => agent.stop());
    const gate = join(agent.stateDirectory, "gate");
    const running = performOn(engine, request(agent.machineId, ["sh", "-c", 'until [ -e "$0" ]; do sleep 0.02; done', gate]));
    const status = await eventually("its command", async () => {
      const found = await agentStatus(agent.stateDirectory);
      return found.commands.length > 0 && found;
    });
    assert.deepEqual(status.identity, { name: "web1", machineId: agent.machineId, engine: engine.url, otherEngines: [] });
    assert.equal(status.running, true);
    assert.equal(status.pid, process.pid);
    assert.equal(status.version, "0.1.0");
    assert.equal(status.connection?.engine, engine.url);
    assert.equal(status.connection?.until, null);
    assert.equal(status.commands[0]?.action, "exec");
    const text = Object.fromEntries(statusText(status, status.startedAt ?? 0));
    assert.match(text.agent ?? "", new RegExp(`^runs as process ${process.pid} since `));
    assert.match(text.connected ?? "", /^to http/);
    assert.match(text.commands ?? "", /^exec cmd_/);

    await writeFile(gate, "");
    await running;
    await agent.agent.stop();
    const after = await agentStatus(agent.stateDirectory);
    assert.equal(after.running, false);
    assert.equal(after.pid, null);
    assert.ok(after.connection?.until);
    assert.match(Object.fromEntries(statusText(after, after.connection.until)).connected ?? "", /^not now; last to http/);
  });

  it("doesn't believe a process id that an agent which was killed has left", async () => {
    const agent = await startTestAgent(engine);
    cleanUp.push(() => agent.stop());
    await agent.agent.stop();
    const presence = { pid: 1, version: "9", startedAt: 1, engine: engine.url, connectedAt: 1, disconnectedAt: null, reason: null };
    await writeFile(join(agent.stateDirectory, "presence.json"), JSON.stringify(presence));
    const status = await agentStatus(agent.stateDirectory);
    assert.equal(status.pid, null);
    assert.match(Object.fromEntries(statusText(status, 0)).connected ?? "", /^not now/);
    await writeFile(join(agent.stateDirectory, "presence.json"), "{damaged");
    assert.equal((await agentStatus(agent.stateDirectory)).version, null);
  });

  it("says that the identity is damaged instead of none", async () => {
    await using home = await temporaryDirectory();
    await writeFile(join(home.path, "identity.json"), '{"seed":');
    assert.match((await agentStatus(home.path)).problem ?? "", /identity\.json is damaged/);
  });

  it("goes by the name that an operator has given the machine, at once and after a reconnect", async () => {
    const agent = await startTestAgent(engine);
    cleanUp.push(() => agent.stop());
    const name = async () => (await agentStatus(agent.stateDirectory)).identity?.name;
    await engine.fleet.machines.rename("web1", "web2");
    await eventually("the new name", async () => (await name()) === "web2");
    await agent.agent.stop();
    await engine.fleet.machines.rename("web2", "web3");
    await agent.restart();
    await eventually("the newer name", async () => (await name()) === "web3");
  });
});
