import assert from "node:assert/strict";
import type { PackageAdapter } from "../../engine/agent/packages/adapter.ts";
import { eventually } from "../support/eventually.ts";
import { startTestAgent } from "./agent-under-test.ts";
import { code, performOn, request } from "./command-rig.ts";
import { startTestEngine, type TestEngine } from "./engine-under-test.ts";

const adapter: PackageAdapter = {
  name: "test",
  detect: async () => true,
  stamp: async () => "1",
  inventory: async () => ({
    packageManager: "test",
    listsUpdatedAt: Date.now(),
    rebootPending: false,
    rebootReasons: [],
    installed: [{ name: "curl", architecture: "amd64", version: "1", held: false }],
    updates: [
      {
        ...{ kind: "package", name: "curl", architecture: "amd64", installedVersion: "1", candidateVersion: "2", classification: "security" },
        ...{ severity: "unspecified", origin: "test", held: false, phased: false, rebootBehaviour: "never", cves: [], advisories: [] },
      },
    ],
    problems: [],
  }),
};

describe("the life of a machine", () => {
  let engine: TestEngine;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    engine = await startTestEngine();
    cleanUp.push(() => engine.stop());
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });
  const running = async (name: string, token?: string) => {
    const agent = await startTestAgent(engine, { name, adapters: [adapter], ...(token ? { token } : {}) });
    cleanUp.push(() => agent.stop());
    return agent;
  };
  const updates = () => engine.store.read.updates.list({ scopes: ["/"], limit: 10 });
  const assessed = (id: string) => eventually("its assessment", () => engine.store.read.updates.currentAssessment(id));

  describe("when it is renamed", () => {
    it("keeps its id, tags, commands and assessments, and goes by its new name everywhere", async () => {
      const { machineId } = await running("web1");
      await assessed(machineId);
      await engine.fleet.machines.tag(machineId, { to: () => ({ role: "web" }) });
      const command = request(machineId, ["true"]);
      await performOn(engine, command);
      const renamed = await engine.fleet.machines.rename("web1", "shop-7");
      assert.equal(renamed.id, machineId);
      const { name, tags, state } = await engine.fleet.machines.get("shop-7");
      assert.deepEqual({ name, tags, state }, { name: "shop-7", tags: { role: "web" }, state: "online" });
      await assert.rejects(engine.fleet.machines.get("web1"), code("MACHINE_NOT_FOUND"));
      assert.equal((await updates())[0]?.machine, "shop-7");
      assert.equal((await engine.store.read.commands.get(command.id))?.machineId, machineId);
      assert.equal((await performOn(engine, request(machineId, ["echo", "on"]))).stdout, "on\n");
    });

    it("can't take the name of another one, and its own name is no other's", async () => {
      await running("web1");
      await running("web2");
      await assert.rejects(engine.fleet.machines.rename("web1", "web2"), code("NAME_TAKEN"));
      assert.equal((await engine.fleet.machines.rename("web1", "web1")).name, "web1");
    });

    it("may take the name of one that was removed", async () => {
      const gone = await running("web1");
      await running("web2");
      await engine.fleet.machines.remove("web1");
      assert.equal((await engine.fleet.machines.rename("web2", "web1")).name, "web1");
      assert.equal((await engine.store.read.machines.get(gone.machineId))?.name, "web1", "the history of the removed one keeps its name");
    });

    for (const name of ["", "Web", "web 1", "-web", "web/1", 'web"1', "web\n1", "\u001b[31mweb", "w".repeat(64), "*"])
      it(`can't be called ${JSON.stringify(name.slice(0, 20))}`, async () => {
        await running("web1");
        await assert.rejects(engine.fleet.machines.rename("web1", name), code("BAD_REQUEST"));
      });

    it("is what a join token replaces that was made for its old name", async () => {
      const first = await running("web1");
      const token = await engine.token({ replaces: "web1" });
      await engine.fleet.machines.rename("web1", "shop-7");
      await first.agent.stop();
      const again = await running("anything", token);
      assert.equal(again.machineId, first.machineId);
      assert.equal((await engine.fleet.machines.get("shop-7")).id, first.machineId);
    });

    it("undoes it when the activity log can't be written", async () => {
      await running("web1");
      const failing = () => {
        throw new Error("no entry");
      };
      await assert.rejects(engine.fleet.machines.rename("web1", "web2", failing), /no entry/);
      assert.equal((await engine.fleet.machines.get("web1")).name, "web1");
    });
  });

  describe("when it is removed", () => {
    it("ends what it still had to do, leaves every list of updates, keeps its history, and isn't let in again", async () => {
      const agent = await running("web1");
      const { machineId } = agent;
      await assessed(machineId);
      assert.equal((await updates()).length, 1);
      const before = await engine.updates.summary(["/"]);
      assert.equal(before.machines, 1);

      const command = request(machineId, ["sleep", "300"]);
      const outcome = performOn(engine, command).catch((error) => error);
      await eventually("its start", async () => (await engine.store.read.commands.get(command.id))?.status === "acknowledged");
      await engine.fleet.machines.remove("web1");

      assert.ok(code("AGENT_OFFLINE", /was removed/)(await outcome));
      assert.deepEqual(await updates(), []);
      const after = await engine.updates.summary(["/"]);
      assert.deepEqual([after.machines, after.noncompliant], [0, 0]);
      assert.ok((await engine.updates.history(machineId, 10)).length > 0, "its assessments are kept");
      assert.ok((await engine.store.read.commands.get(command.id))?.endedAt, "so are its commands");
      await eventually("its end", () => engine.fleet.connected() === 0);
      await assert.rejects(performOn(engine, request(machineId, ["true"])), code("MACHINE_NOT_FOUND"));
    });

    it("leaves its name to a machine that joins later, which is another one", async () => {
      const first = await running("web1");
      await engine.fleet.machines.remove("web1");
      const second = await running("web1");
      assert.notEqual(second.machineId, first.machineId);
      assert.deepEqual(await engine.updates.history(second.machineId, 10).then((found) => found.filter((one) => one.machineId === first.machineId)), []);
    });
  });
});
