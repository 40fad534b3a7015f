import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Database from "better-sqlite3";
import { verify } from "../../engine/webhooks.ts";
import { type Answer, completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { alter } from "./alter.ts";
import { type EngineProcess, startEngineProcess } from "./engine-process.ts";
import { insertRollout, type PlannedRollout, publishDeploy, reportOf, wellAnswers } from "./rollout-rows.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/** The whole way: a real engine, the real runbook in its sandbox, agents that speak the protocol. */
describe("rollouts on a real engine", function () {
  this.timeout(180_000);
  let directory: TemporaryDirectory;
  let engine: EngineProcess;
  let port: number;
  const agents = new Map<string, { agent: ScriptedAgent; answers: Record<string, Answer> }>();

  const serve = async () => {
    engine = await startEngineProcess(directory.path, { RUNWRIGHT_PORT: String(port), RUNWRIGHT_ALLOWED_PRIVATE_HOSTS: "127.0.0.1" });
  };
  beforeEach(async () => {
    directory = await temporaryDirectory();
    port = await freePort();
    await serve();
    await publishDeploy(engine);
  });
  afterEach(async () => {
    for (const { agent } of agents.values()) await agent.stop();
    agents.clear();
    await engine.kill();
    await directory.remove();
  });

  async function join(...names: string[]): Promise<void> {
    for (const name of names) {
      const { body } = await engine.request<{ token: string }>("POST", "/api/v1/join-tokens", { scope: "/" });
      const answers = wellAnswers();
      const agent = await startScriptedAgent({ port, token: async () => body.token }, { name, answers });
      agents.set(name, { agent, answers });
    }
  }
  const of = (name: string) => {
    const found = agents.get(name);
    assert.ok(found, name);
    return found;
  };
  /** Starts a deployment as the engine's round does. */
  async function start(machines: Record<string, number>, more: Omit<PlannedRollout, "machines"> = {}) {
    const planned = Object.entries(machines).map(([name, wave]) => ({ id: of(name).agent.machineId, name, wave }));
    await insertRollout((statement, ...values) => alter(directory.path, statement, ...values), { machines: planned, ...more });
    const db = new Database(`${directory.path}/runwright.db`, { timeout: 5_000 });
    db.exec(
      `create trigger "names_job" after insert on "jobs" when new."parentId" is null begin update "deployments" set "jobId" = new."id", "status" = 'running'; end`,
    );
    db.close();
    return engine.run("deploy", { deployment: "dpl_1" });
  }
  function rows<Row>(statement: string): Row[] {
    const db = new Database(`${directory.path}/runwright.db`, { readonly: true, timeout: 5_000 });
    try {
      return db.prepare(statement).all() as Row[];
    } finally {
      db.close();
    }
  }
  interface MachineRow {
    name: string;
    status: string;
    message: string;
    installCommand: string | null;
    rebootState: string;
  }
  const machineRows = () => rows<MachineRow>(`select * from "deploymentMachines" order by "place"`);
  const statuses = () => Object.fromEntries(machineRows().map(({ name, status }) => [name, status]));
  const deployment = () => rows<{ status: string; reason: string }>(`select "status", "reason" from "deployments"`)[0];
  const ended = async (id: string) => {
    const job = await engine.end(id);
    assert.equal(job.status, "completed", JSON.stringify(job));
    return job;
  };
  const actions = (name: string) => of(name).agent.commands.map(({ action }) => action);

  it("keep other jobs from what they hold", async () => {
    await join("web1");
    of("web1").answers.install = () => "silence";
    await start({ web1: 0 });
    await eventually("it is installing", () => actions("web1").includes("install"));
    await engine.publish(
      "greedy",
      `async ({ machines, output }) => { const [m] = await machines.select();
        for (const ask of [() => m.install([{ name: "bash", architecture: "amd64", version: "1.1" }]), () => m.reboot({ reason: "why not" })])
          output(await ask().then(() => "done", ({ code }) => code)); }`,
      `permissions: { machines: { select: "all", actions: ["install", "reboot"] } },`,
    );
    await alter(directory.path, `drop trigger "names_job"`); // this one carries nothing out
    const { outputs } = await ended((await engine.run("greedy")).id);
    assert.deepEqual(outputs, ["CONFLICT", "CONFLICT"]);
    assert.deepEqual(actions("web1"), ["assess", "install"]);
  });

  it("patch wave by wave: one fails within the budget, one reboots and is proven, one has drifted", async () => {
    await join("web1", "web2", "web3", "web4");
    of("web2").answers.install = (args) => completed(reportOf(args, { status: "Failed" }));
    const { agent, answers } = of("web3");
    answers.install = (args) => completed(reportOf(args, { rebootPending: true }));
    answers.reboot = async ({ bootId }): Promise<"silence"> => {
      // The command is sent again to whoever comes back; a real agent knows it by its id.
      answers.reboot = () => completed({ bootIdBefore: bootId, bootId: "another", downMs: 5 });
      await agent.disconnect();
      await agent.connect({ bootId: "another" });
      return "silence";
    };
    of("web4").answers.assess = (_args, self) => {
      self.report({ ...EMPTY, collectedAt: Date.now() });
      return completed({ sequence: 1 });
    };
    const job = await start({ web1: 0, web2: 1, web3: 1, web4: 1 }, { allowedFailures: 1, spec: { healthCheck: { command: ["/bin/healthy"] } } });
    const { outputs } = await ended(job.id);
    assert.deepEqual(
      statuses(),
      { web1: "Succeeded", web2: "Failed", web3: "Succeeded", web4: "PlanDrift" },
      machineRows()
        .map(({ message }) => message)
        .join("; "),
    );
    assert.deepEqual(deployment(), { status: "failed", reason: "2 of 4 machines succeeded, 1 Failed, 1 PlanDrift" });
    const [summary] = outputs as { counts: object }[];
    assert.deepEqual(summary?.counts, { Failed: 1, PlanDrift: 1, Succeeded: 2 });
    assert.deepEqual(actions("web3"), ["assess", "install", "reboot", "reboot", "exec"]);
    assert.equal(new Set(agent.commands.map(({ id }) => id)).size, 4);
    assert.deepEqual(actions("web4"), ["assess"]);
    const [install] = of("web1").agent.commands.filter(({ action }) => action === "install");
    assert.deepEqual(install?.args.updates, [{ name: "bash", architecture: "amd64", version: "1.1" }]);
    assert.equal(install?.args.allowRemovals, false);
    // The row of the machine leads to the command, and that to what it did.
    const { body } = await engine.request<{ items: { commandId: string }[] }>("GET", "/api/v1/machines/web1/installs");
    assert.equal(body.items[0]?.commandId, machineRows()[0]?.installCommand);
    assert.equal(rows(`select * from "machineLocks"`).length, 0);
  });

  it("go on where they were when the engine is killed in mid-wave, and tell no machine anything twice", async () => {
    await join("web1", "web2");
    for (const name of ["web1", "web2"]) of(name).answers.install = () => "silence";
    const job = await start({ web1: 0, web2: 0 });
    await eventually("both are installing", () => ["web1", "web2"].every((name) => actions(name).includes("install")));
    await engine.kill();
    await serve();
    for (const name of ["web1", "web2"]) {
      of(name).answers.install = (args) => completed(reportOf(args));
      await of(name).agent.connect();
    }
    await ended(job.id);
    assert.deepEqual(statuses(), { web1: "Succeeded", web2: "Succeeded" });
    for (const name of ["web1", "web2"]) {
      const ids = of(name).agent.commands.map(({ action, id }) => `${action} ${id}`);
      assert.equal(new Set(ids.filter((one) => one.startsWith("install"))).size, 1);
    }
  });

  it("count a machine whose connection is cut until the end as lost, and take its report when it comes", async () => {
    await join("web1");
    of("web1").answers.install = () => "silence";
    const job = await start({ web1: 0 }, { allowedFailures: 1 });
    await eventually("it is installing", () => actions("web1").includes("install"));
    await eventually("it is acknowledged", () => rows(`select 1 from "commands" where "action" = 'install' and "status" = 'acknowledged'`).length === 1);
    await of("web1").agent.disconnect();
    await eventually("it is offline", () => rows(`select 1 from "machines" where "state" = 'offline'`).length === 1, 90_000);
    alter(directory.path, `update "commands" set "deadlineAt" = 1 where "action" = 'install'`); // hours have gone by
    await ended(job.id);
    assert.deepEqual(statuses(), { web1: "AgentLost" });
    assert.deepEqual(deployment(), { status: "failed", reason: "0 of 1 machine succeeded, 1 AgentLost" }, "it went to its end without a halt, as one may fail");
    const { agent } = of("web1");
    await agent.connect();
    const install = agent.commands.find(({ action }) => action === "install");
    agent.send({ type: "result", commandId: install?.id, outcome: completed(reportOf(install?.args)) });
    await eventually("its report is taken", () => machineRows()[0]?.status === "SucceededWithWarnings");
    assert.match(machineRows()[0]?.message ?? "", /late, it had counted as AgentLost/);
  });

  it("halt beyond the budget, tell it signed, wait without a runner, and go on when somebody continues", async () => {
    const heard: { headers: IncomingMessage["headers"]; body: Buffer }[] = [];
    const server = await listening(heard);
    try {
      await engine.request("PUT", "/api/v1/assets/pager", { kind: "secret", value: SECRET });
      await join("web1", "web2");
      of("web1").answers.install = (args) => completed(reportOf(args, { status: "Failed" }));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      const job = await start({ web1: 0, web2: 1 }, { spec: { notify: { url, secret: "pager" } } });
      await eventually("it waits", async () => (await engine.request<{ status: string }>("GET", `/api/v1/jobs/${job.id}`)).body.status === "waiting");
      assert.deepEqual([deployment()?.status, deployment()?.reason], ["halted", "1 machine has failed, 0 may"]);
      assert.deepEqual(actions("web2"), []);
      alter(directory.path, `update "deployments" set "status" = 'running', "allowedFailures" = 1`);
      const published = await engine.request("POST", "/api/v1/events/deployment:dpl_1", { payload: {} });
      assert.ok(published.status < 300, JSON.stringify(published.body));
      await ended(job.id);
      assert.deepEqual(statuses(), { web1: "Failed", web2: "Succeeded" });
      assert.deepEqual(
        heard.map(({ body }) => JSON.parse(body.toString()).type),
        ["deployment.halted", "deployment.ended"],
      );
      for (const { headers, body } of heard)
        assert.equal(verify({ scheme: "standard", secret: SECRET, headers: headers as Record<string, string>, body, now: Date.now() }).valid, true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("refuse a job that a deployment doesn't name", async () => {
    await join("web1");
    const machines = [{ id: of("web1").agent.machineId, name: "web1" }];
    await insertRollout((statement, ...values) => alter(directory.path, statement, ...values), { machines });
    const job = await engine.end((await engine.run("deploy", { deployment: "dpl_1" })).id);
    assert.deepEqual([job.status, job.error?.code], ["failed", "PERMISSION_DENIED"]);
    assert.deepEqual(actions("web1"), []);
  });

  it("hear of an abort while they soak: their last hook runs, and they end by themselves", async () => {
    await join("web1", "web2");
    await engine.publish("bye", "async ({ params, output }) => output(params)", `parameters: { type: "object", properties: { at: { type: "string" } } },`);
    const hooks = [{ at: "after" as const, runbook: "bye" }];
    const job = await start({ web1: 0, web2: 1 }, { spec: { soak: "40m", hooks } });
    const isWaiting = async () => (await engine.request<{ status: string }>("GET", `/api/v1/jobs/${job.id}`)).body.status === "waiting";
    await eventually("the soak", async () => statuses().web1 === "Succeeded" && (await isWaiting()));
    assert.equal((await engine.request("POST", "/api/v1/deployments/dpl_1/abort", { reason: "bad update" })).status, 200);
    await ended(job.id);
    assert.deepEqual(statuses(), { web1: "Succeeded", web2: "Cancelled" });
    assert.equal(deployment()?.status, "aborted");
    const { body } = await engine.request<{ items: { id: string }[] }>("GET", "/api/v1/jobs?runbook=bye");
    assert.deepEqual((await engine.end(body.items[0]?.id ?? "")).outputs, [{ at: "after" }]);
  });

  it("run a window's hooks as jobs of their own, in the version that was planned, with the parameters that it knows", async () => {
    await join("web1");
    await engine.publish(
      "drain",
      "async ({ params, output }) => output(params)",
      `parameters: { type: "object", properties: { machine: { type: "string" } } },`,
    );
    await engine.publish("drain", "async ({ output }) => output('another version than the one that was planned')");
    const hooks = [
      { at: "beforeMachine" as const, runbook: "drain" },
      { at: "afterInstall" as const, runbook: "gone", onFailure: "continue" as const },
    ];
    await ended((await start({ web1: 0 }, { spec: { hooks } })).id);
    assert.deepEqual(statuses(), { web1: "SucceededWithWarnings" });
    assert.match(machineRows()[0]?.message ?? "", /afterInstall, the runbook gone: /);
    const { body } = await engine.request<{ items: { outputs: unknown[]; id: string }[] }>("GET", "/api/v1/jobs?runbook=drain");
    assert.deepEqual((await engine.end(body.items[0]?.id ?? "")).outputs, [{ machine: "web1" }]);
  });
});

const EMPTY = {
  ...{ packageManager: "apt", listsUpdatedAt: 1, rebootPending: false, rebootReasons: [], problems: [] },
  ...{ installed: [{ name: "bash", architecture: "amd64", version: "1.0", held: false }], updates: [] },
};

async function listening(heard: { headers: IncomingMessage["headers"]; body: Buffer }[]): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.statusCode = 204;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
