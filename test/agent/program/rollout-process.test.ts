import assert from "node:assert/strict";
import { join } from "node:path";
import { joinEngine } from "../../../engine/agent/join.ts";
import { buildAgentBundle } from "../../../engine/agent-bundle.ts";
import type { AgentRollout } from "../../../engine/protocol/http/agent-rollouts.ts";
import type { Machine } from "../../../engine/protocol/http/machines.ts";
import { type EngineProcess, startEngineProcess } from "../../engine/engine-process.ts";
import { eventually } from "../../support/eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { AGENT } from "../agent-under-test.ts";
import { type InstalledProgram, installProgram, smallAgent } from "./program-under-test.ts";

/** A real engine with its own build of the agent, and a machine that runs an older one. */
describe("a real engine that updates agents", function () {
  this.timeout(180_000);
  let home: TemporaryDirectory;
  let engine: EngineProcess;
  let program: InstalledProgram;

  before(async () => {
    home = await temporaryDirectory();
    engine = await startEngineProcess(join(home.path, "data"));
    const { body } = await engine.request<{ token: string }>("POST", "/api/v1/join-tokens", { scope: "/", url: engine.url });
    const stateDirectory = join(home.path, "agent");
    await joinEngine({ ...AGENT, stateDirectory, token: body.token, name: "web1" });
    program = await installProgram(home.path, stateDirectory, await smallAgent("0.0.9"));
    await program.start();
    await eventually("its connection", async () => (await machine()).state === "online", 30_000);
  });
  after(async () => {
    await program?.end();
    await engine?.stop();
    await home.remove();
  });

  const machine = async () => (await engine.request<Machine>("GET", "/api/v1/machines/web1")).body;
  const rollout = async () => (await engine.request<AgentRollout>("GET", "/api/v1/agent-rollout")).body;

  it("brings its own build to the machine, and writes down who did it", async () => {
    assert.equal((await engine.request("GET", "/api/v1/agent-rollout")).status, 404);
    for (const [wrong, status] of [
      [{ batch: "0" }, 400],
      [{ deadline: "2d" }, 400],
      [{ selector: "os=" }, 400],
      [{ speed: 1 }, 400],
    ] as const)
      assert.equal((await engine.request("POST", "/api/v1/agent-rollout", wrong)).status, status, JSON.stringify(wrong));

    const { hash, version } = await buildAgentBundle();
    const begun = await engine.request<AgentRollout>("POST", "/api/v1/agent-rollout", { selector: "name=web1", batch: "1" });
    assert.equal(begun.status, 202);
    assert.equal(begun.body.hash, hash);
    const ended = await eventually(
      "the end of the rollout",
      async () => {
        const now = await rollout();
        return now.endedAt !== null && now;
      },
      150_000,
    );
    assert.deepEqual([ended.state, ended.machines], ["completed", [{ name: "web1", state: "updated", message: "it has reported" }]]);
    assert.equal((await machine()).facts?.agentVersion, `${version}+${hash.slice(0, 12)}`);

    const again = await engine.request<AgentRollout>("POST", "/api/v1/agent-rollout", {});
    assert.equal(again.body.machines[0]?.state, "current");
    const { body } = await engine.request<{ items: { operation: string; target: string; details: { hash?: string } }[] }>("GET", "/api/v1/activity?limit=50");
    const entry = body.items.find(({ operation }) => operation === "agent.update");
    assert.equal(entry?.target, "machine:web1");
    assert.equal(entry?.details.hash, hash);
  });
});
