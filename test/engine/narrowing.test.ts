import assert from "node:assert/strict";
import WebSocket from "ws";
import type { DebugBegun } from "../../engine/protocol/http/debug.ts";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import { type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";

const SELECT = 'machines: { select: "all", actions: ["exec"] }';
const NAMES = '(await machines.select("all")).map(({ name }) => name).sort()';

describe("a job that may reach one machine only, over HTTP", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess;
  const agents: ScriptedAgent[] = [];

  before(async () => {
    directory = await temporaryDirectory();
    engine = await startEngineProcess(directory.path);
    const port = Number(new URL(engine.url).port);
    const token = async () => (await engine.request<{ token: string }>("POST", "/api/v1/join-tokens", {})).body.token;
    for (const name of ["web1", "web2", "web3"]) agents.push(await startScriptedAgent({ port, token }, { name, answers: {} }));
    await engine.publish("child", `async ({ machines, output }) => output(${NAMES})`, `permissions: { ${SELECT} },`);
    const parent = `async ({ machines, jobs, output }) => { output(${NAMES}); output((await jobs.run("child")).outputs[0]); }`;
    await engine.publish("parent", parent, `permissions: { ${SELECT}, jobs: ["child"] },`);
    await engine.publish("deploys", 'async ({ deployments }) => { await deployments.get("dep_1"); }', "permissions: { deployments: true },");
  });
  after(async () => {
    for (const agent of agents) await agent.stop();
    await engine.kill();
    await directory.remove();
  });

  /** Both doors by which a person begins one. */
  const DOORS: Record<string, (runbook: string, more: object) => Promise<Job>> = {
    async run(runbook, more) {
      const { status, body } = await engine.request<Job>("POST", `/api/v1/runbooks/${runbook}/jobs`, { params: {}, ...more });
      assert.equal(status, 202, JSON.stringify(body));
      return body;
    },
    async debug(runbook, more) {
      const { status, body } = await engine.request<DebugBegun>("POST", "/api/v1/debug", { runbook, inspect: false, ...more });
      assert.equal(status, 201, JSON.stringify(body));
      const headers = { authorization: `Bearer ${engine.token}`, "runwright-ticket": body.ticket };
      const client = new WebSocket(`${engine.url.replace("http", "ws")}/api/v1/debug/${body.session}`, { headers });
      client.once("open", () => client.send(JSON.stringify({ type: "begin" })));
      return body.job;
    },
  };

  for (const [door, begin] of Object.entries(DOORS)) {
    it(`selects that one alone, and so do the jobs that it starts (${door})`, async () => {
      const job = await begin("parent", { machine: "web2" });
      assert.equal(job.narrowedTo, "name=web2");
      const ended = await engine.end(job.id);
      assert.deepEqual([ended.status, ended.outputs], ["completed", [["web2"], ["web2"]]], JSON.stringify(ended.error));
      const children = await engine.request<{ items: Job[] }>("GET", `/api/v1/jobs?parent=${job.id}`);
      assert.deepEqual(
        children.body.items.map(({ narrowedTo }) => narrowedTo),
        ["name=web2"],
      );
      const activity = await engine.request<{ items: { target: string; details: object }[] }>("GET", "/api/v1/activity?limit=50");
      const began = activity.body.items.find(({ target, details }) => target === `job:${job.id}` && "runbook" in details);
      assert.match(JSON.stringify(began?.details), /"machine":"web2"/);
    });

    it(`is refused deployments, which have machines of their own (${door})`, async () => {
      const { failureCode, error } = await engine.end((await begin("deploys", { machine: "web2" })).id);
      assert.equal(failureCode, "permission_denied");
      assert.match(String(error?.message), /may reach name=web2 only, and a deployment has machines of its own/);
    });

    it(`selects what its runbook says when it is narrowed to none (${door})`, async () => {
      const job = await begin("parent", {});
      assert.equal(job.narrowedTo, null);
      assert.deepEqual((await engine.end(job.id)).outputs, [
        ["web1", "web2", "web3"],
        ["web1", "web2", "web3"],
      ]);
    });
  }

  it("isn't begun for a machine that there isn't, or for a pattern", async () => {
    for (const machine of ["web9", "web*", "web1,web2", "web1 web2"])
      for (const [path, more] of [
        ["/api/v1/runbooks/parent/jobs", { params: {} }],
        ["/api/v1/debug", { runbook: "parent" }],
      ] as const) {
        const { status, body } = await engine.request<{ code: string }>("POST", path, { ...more, machine });
        assert.deepEqual([status, body.code], [404, "MACHINE_NOT_FOUND"], `${path} ${machine}`);
      }
  });
});
