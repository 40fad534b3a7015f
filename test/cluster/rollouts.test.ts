import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import { type Answer, completed, type ScriptedAgent, startScriptedAgent } from "../agent/scripted-agent.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { insertRollout, publishDeploy, reportOf, wellAnswers } from "../engine/rollout-rows.ts";
import { eventually } from "../support/eventually.ts";
import { freePort } from "../support/free-port.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

describe("a rollout on two engines", function () {
  this.timeout(240_000);
  let postgres: Postgres;
  let directories: TemporaryDirectory[];
  let engines: EngineProcess[];
  let client: pg.Client;
  let agent: ScriptedAgent;
  let ports: number[];
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    const database = await postgres.newDatabase();
    const env = { RUNWRIGHT_DATABASE: database, RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    directories = [await temporaryDirectory(), await temporaryDirectory()];
    ports = [await freePort(), await freePort()];
    engines = [];
    for (const [i, directory] of directories.entries()) engines.push(await startEngineProcess(directory.path, { ...env, RUNWRIGHT_PORT: String(ports[i]) }));
    client = new pg.Client(database);
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await agent.stop();
    for (const engine of engines) await engine.kill();
    for (const directory of directories) await directory.remove();
  });
  const engine = (n: number): EngineProcess => {
    const found = engines[n];
    assert.ok(found);
    return found;
  };
  const execute = (statement: string, ...values: unknown[]) => {
    let n = 0;
    return client.query(
      statement.replaceAll("?", () => `$${++n}`),
      values,
    );
  };
  const machine = async () => (await client.query(`select * from "deploymentMachines"`)).rows[0];

  it("goes on at the other one when the one that carries it out is killed in mid-install, and the machine installs once", async () => {
    await publishDeploy(engine(0));
    const { body } = await engine(0).request<{ token: string }>("POST", "/api/v1/join-tokens", { scope: "/" });
    const answers: Record<string, Answer> = { ...wellAnswers(), install: () => "silence" };
    const door = { port: ports[0] ?? 0, token: async () => body.token };
    agent = await startScriptedAgent(door, { answers });
    await insertRollout(execute, { machines: [{ id: agent.machineId, name: "web1" }] });
    await client.query(
      `create function names_job() returns trigger language plpgsql as $$ begin update "deployments" set "jobId" = new."id", "status" = 'running'; return new; end $$`,
    );
    await client.query(`create trigger names_job after insert on "jobs" for each row execute function names_job()`);
    const job = await engine(0).run("deploy", { deployment: "dpl_1" });
    await eventually("it is installing", () => agent.commands.some(({ action }) => action === "install"), 30_000);
    const { body: transitions } = await engine(0).request<{ items: { to: string; by: string }[] }>("GET", `/api/v1/jobs/${job.id}/transitions`);
    const first = transitions.items.find(({ to }) => to === "running")?.by;
    const ids = await Promise.all(directories.map(({ path }) => readFile(`${path}/engine.id`, "utf8")));
    const victim = ids.findIndex((id) => id.trim() === first);
    assert.ok(victim >= 0, `${first} of ${ids.join(", ")}`);
    const survivor = 1 - victim;

    await engine(victim).kill();
    await agent.disconnect();
    door.port = ports[survivor] ?? 0;
    answers.install = (args) => completed(reportOf(args));
    await agent.connect();
    const ended = await engine(survivor).end(job.id);
    assert.equal(ended.status, "completed", JSON.stringify(ended));
    assert.equal((await machine()).status, "Succeeded");
    assert.equal(new Set(agent.commands.flatMap(({ action, id }) => (action === "install" ? [id] : []))).size, 1);
    assert.equal((await client.query(`select * from "machineLocks"`)).rowCount, 0);
    assert.equal((await client.query(`select * from "installs"`)).rowCount, 1);
  });
});
