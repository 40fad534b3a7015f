import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Agent, startAgent } from "../../engine/agent/agent.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import type { Command } from "../../engine/protocol/http/machines.ts";
import type { Readiness } from "../../engine/protocol/http/status.ts";
import { AGENT } from "../agent/agent-under-test.ts";
import { counted, times } from "../agent/command-rig.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** Engines A and B are processes of one PostgreSQL; the agent knows both and prefers B. */
describe("a command for a machine that is connected to another engine", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let home: TemporaryDirectory;
  let env: Record<string, string>;
  let a: EngineProcess;
  let b: EngineProcess;
  let agent: Agent;
  let stateDirectory: string;
  /** Of one test: what programs write, and what they wait for. */
  let file: string;
  let gate: string;

  before(async () => {
    [postgres, home] = await Promise.all([startPostgres(), temporaryDirectory()]);
    env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64"), RUNWRIGHT_RUNNERS: "1" };
    [a, b] = await Promise.all([startEngine("a"), startEngine("b")]);
    const { body } = await b.request<{ token: string }>("POST", "/api/v1/join-tokens", { url: b.url });
    stateDirectory = join(home.path, "agent");
    await joinEngine({ ...AGENT, stateDirectory, token: body.token, name: "web1", urls: [a.url] });
    await startTheAgent();
    assert.equal(await agentsOf(b), 1);
  });
  after(async () => {
    await agent?.stop();
    await Promise.all([a?.kill(), b?.kill()]);
    await home.remove();
    await postgres.stop();
  });
  let tests = 0;
  beforeEach(() => {
    tests++;
    file = join(home.path, `count-${tests}`);
    gate = join(home.path, `gate-${tests}`);
  });

  it("is sent and answered at once, with its output, and executed once", async () => {
    const command = await ask(a, counted(file, "echo said; echo complained >&2"), "?wait=20s");
    assert.equal(command.status, "completed", JSON.stringify(command));
    assert.equal(stdout(command), "said\n");
    assert.deepEqual(command.output.map(({ stream, chunk }) => `${stream}: ${chunk}`).sort(), ["stderr: complained\n", "stdout: said\n"]);
    assert.equal(await times(file), 1);
    // By looking alone, once a second on either side, this would take twice as long.
    const begun = performance.now();
    for (let n = 0; n < 8; n++) assert.equal((await ask(a, ["true"], "?wait=20s")).status, "completed");
    assert.ok(performance.now() - begun < 4_000, `eight commands took ${Math.round(performance.now() - begun)} ms`);
  });

  it("ends with its job, wherever that is stopped", async () => {
    await a.publish("endless", execOn(counted(file, "exec sleep 300")), `permissions: { machines: { select: "all", actions: ["exec"] } },`);
    const job = await a.run("endless");
    await eventually("its start", async () => (await times(file)) === 1);
    await a.request("POST", `/api/v1/jobs/${job.id}/stop`);
    assert.equal((await a.end(job.id)).status, "stopped");
    const finished = await eventually("the program's end", async () =>
      (await auditOf()).find((line) => line.event === "finished" && line.commandId?.startsWith(job.id)),
    );
    assert.ok(finished);
  });

  it("goes on when its agent moves to the other engine", async () => {
    const { id } = await ask(a, gated());
    await acknowledged(a, id);
    assert.equal(await b.stop(), 0, "an engine ends although an agent is connected to it");
    await eventually("the agent's move", async () => (await agentsOf(a)) === 1);
    await writeFile(gate, "");
    assert.equal(stdout(await look(a, id, "?wait=20s")), "begun\nended\n");
    assert.equal(await times(file), 1);
  });

  it("has its result stored once when the agent's engine is killed after the acknowledgement, for whoever waits elsewhere", async () => {
    // The agent is connected to A, and B is started anew, on another port.
    b = await startEngine("b");
    await agent.stop();
    await startTheAgent([b.url]);
    assert.equal(await agentsOf(a), 1);
    await b.publish("patient", execOn(gated()), `permissions: { machines: { select: "all", actions: ["exec"] } },`);
    const job = await b.run("patient");
    await eventually("its start", async () => (await times(file)) === 1);
    const { id } = await ask(b, counted(`${file}-2`, `until [ -e ${gate} ]; do sleep 0.02; done; echo second`));
    await acknowledged(b, id);
    const waiting = look(b, id, "?wait=30s");
    await a.kill();
    await writeFile(gate, "");
    assert.equal(stdout(await waiting), "second\n");
    // If A ran the job, B goes on with it when the lease has ended, and asks for the same command again.
    const ended = await b.end(job.id);
    assert.deepEqual([ended.status, ended.outputs], ["completed", ["begun\nended\n"]]);
    assert.deepEqual([await times(file), await times(`${file}-2`)], [1, 1]);
    assert.equal(await agentsOf(b), 1);
  });

  const startEngine = (name: string): Promise<EngineProcess> => startEngineProcess(join(home.path, name), env);
  async function startTheAgent(urls?: readonly string[]): Promise<void> {
    agent = await startAgent({ ...AGENT, stateDirectory, urls, adapters: [], policies: [] });
    await agent.connected;
  }
  /** A program that ends when the gate is opened. */
  const gated = (): string[] => counted(file, `echo begun; until [ -e ${gate} ]; do sleep 0.02; done; echo ended`);
  const execOn = (argv: readonly string[]): string =>
    `async ({ machines, output }) => { const [one] = await machines.select("name=web1"); output((await one.exec(${JSON.stringify(argv)})).stdout); }`;
  const ask = async (engine: EngineProcess, argv: readonly string[], wait = ""): Promise<Command> =>
    (await engine.request<Command>("POST", `/api/v1/machines/web1/commands${wait}`, { action: "exec", args: { argv, timeoutMs: 30_000 } })).body;
  const look = async (engine: EngineProcess, id: string, wait = ""): Promise<Command> =>
    (await engine.request<Command>("GET", `/api/v1/commands/${id}${wait}`)).body;
  const acknowledged = (engine: EngineProcess, id: string) => eventually("the acknowledgement", async () => (await look(engine, id)).status === "acknowledged");
  const stdout = ({ result }: Command): string | undefined => (result as { value?: { stdout: string } } | null)?.value?.stdout;
  async function agentsOf(engine: EngineProcess): Promise<number> {
    const { body } = await engine.request<Readiness>("GET", "/readyz");
    return Number.parseInt(body.checks.find((check) => check.name === "agents")?.detail ?? "", 10);
  }
  async function auditOf(): Promise<{ event: string; commandId?: string }[]> {
    const lines = (await readFile(join(stateDirectory, "audit.log"), "utf8")).split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line));
  }
});
