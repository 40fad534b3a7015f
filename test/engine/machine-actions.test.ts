import assert from "node:assert/strict";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import { type Answer, completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { anInventory, anUpdate } from "../updates/reports.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";

const DECLARATION = `permissions: { machines: { select: "all", actions: ["inventory", "install", "reboot"] } },`;
const REPORT = {
  ...{ packageManager: "apt", rebootPending: true, rebootReasons: ["kernel"], repairs: [], resumed: 0, logFile: "/var/log/1.log" },
  updates: [
    { ...{ name: "bash", architecture: "amd64", version: "1.1", fromVersion: "1.0" }, ...{ status: "Succeeded", message: "", startedAt: 1, endedAt: 2 } },
  ],
};

describe("jobs that keep machines patched", function () {
  this.timeout(180_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess;
  let agent: ScriptedAgent;
  let port: number;
  const answers: Record<string, Answer> = {};

  const serve = async () => {
    engine = await startEngineProcess(directory.path, { RUNWRIGHT_PORT: String(port) });
  };
  beforeEach(async () => {
    directory = await temporaryDirectory();
    port = await freePort();
    await serve();
    const made = await engine.request<{ token: string }>("POST", "/api/v1/join-tokens", { scope: "/" });
    for (const name of Object.keys(answers)) delete answers[name];
    agent = await startScriptedAgent({ port, token: async () => made.body.token }, { answers });
  });
  afterEach(async () => {
    await agent.stop();
    await engine.kill();
    await directory.remove();
  });
  const ended = async (job: Job) => {
    const done = await engine.end(job.id);
    assert.equal(done.status, "completed", JSON.stringify(done));
    return done.outputs;
  };
  const installs = async () => (await engine.request<{ items: any[] }>("GET", "/api/v1/machines/web1/installs")).body.items;

  it("see what a machine reports when they ask it to look, with what policies say", async () => {
    answers.assess = (args, self) => {
      assert.equal(args.refresh, true);
      self.report(anInventory(Date.now(), { updates: [anUpdate("openssl"), anUpdate("bash", "2", { classification: "other" })] }));
      return completed({ sequence: Date.now() - 60_000 });
    };
    await engine.publish(
      "look",
      `async ({ machines, output }) => { const [m] = await machines.select(); const found = await m.assess({ refresh: true });
        output(found.updates.map(({ name, verdict, dueAt, firstSeenAt }) => [name, verdict, dueAt, firstSeenAt === found.assessedAt])); }`,
      DECLARATION,
    );
    assert.deepEqual(await ended(await engine.run("look")), [
      [
        ["bash", "approved", null, true],
        ["openssl", "approved", null, true],
      ],
    ]);
  });

  it("aren't told of an assessment whose report never came", async () => {
    answers.assess = () => completed({ sequence: Date.now() });
    await engine.publish(
      "look",
      `async ({ machines, output }) => { const [m] = await machines.select(); try { await m.assess(); } catch (error) { output(error.code); } }`,
      DECLARATION,
    );
    assert.deepEqual(await ended(await engine.run("look")), ["COMMAND_EXPIRED"]);
  });

  it("install once: an engine that is killed meanwhile asks again under the same id, and the history has one row", async () => {
    answers.install = () => "silence";
    await engine.publish(
      "patch",
      `async ({ machines, output }) => { const [m] = await machines.select();
        const report = await m.install([{ name: "bash", architecture: "amd64", candidateVersion: "1.1" }], { startWithin: "1h" });
        output(report.updates.map((one) => one.status)); }`,
      DECLARATION,
    );
    const job = await engine.run("patch");
    await eventually("the command", () => agent.commands.length === 1);
    const { startWithinMs, ...args } = { ...agent.commands[0] }.args as Record<string, unknown>;
    assert.deepEqual(args, { updates: [{ name: "bash", architecture: "amd64", version: "1.1" }], timeoutMs: 21_600_000 });
    assert.ok(Number(startWithinMs) > 3_000_000 && Number(startWithinMs) <= 3_600_000, "less what it took to be sent");
    await engine.kill();
    await serve();
    answers.install = () => completed(REPORT);
    await agent.connect();
    assert.deepEqual(await ended(job), [["Succeeded"]]);
    assert.equal(new Set(agent.commands.map(({ id }) => id)).size, 1);
    const history = await installs();
    assert.deepEqual(
      history.map(({ jobId, packageManager, updates }) => [
        jobId,
        packageManager,
        updates.map((one: any) => [one.name, one.fromVersion, one.version, one.status]),
      ]),
      [[job.id, "apt", [["bash", "1.0", "1.1", "Succeeded"]]]],
    );
  });

  it("reboot the boot that the engine knows, and go on when the machine is back under another one", async () => {
    answers.reboot = () => "silence";
    await engine.publish(
      "restart",
      `async ({ machines, output }) => { const [m] = await machines.select(); output(await m.reboot({ reason: "a new kernel" })); }`,
      DECLARATION,
    );
    const job = await engine.run("restart");
    const command = await eventually("the command", () => agent.commands.find(({ action }) => action === "reboot"));
    const { bootId } = command.args;
    assert.equal(command.args.reason, "a new kernel");
    await agent.disconnect();
    answers.reboot = () => completed({ bootIdBefore: bootId, bootId: "another", downMs: 1_000 });
    await agent.connect({ bootId: "another" });
    assert.deepEqual(await ended(job), [{ bootIdBefore: bootId, bootId: "another", downMs: 1_000 }]);
  });
});
