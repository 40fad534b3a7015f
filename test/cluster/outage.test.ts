import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startAgent } from "../../engine/agent/agent.ts";
import { joinEngine } from "../../engine/agent/join.ts";
import type { Job, Transition } from "../../engine/protocol/http/jobs.ts";
import { AGENT } from "../agent/agent-under-test.ts";
import { collect, commandHome, heard } from "../cli/command.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { eventually } from "../support/eventually.ts";
import { networkTo } from "../support/network.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

/** Longer than a lease, so that all leases have run out when the database is back. */
const OUTAGE_MS = 7_500;
const STEPS = 20;
const COUNTS = `async ({ output, sleep, variables }) => {
  for (let i = 1; i <= ${STEPS}; i++) { output(i); await sleep(100); if (await variables.get("greeting") !== "hello") throw new Error("another value"); }
}`;
const EXPECTED = Array.from({ length: STEPS }, (_, n) => n + 1);

describe("a database that is away", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  const cleanUp: (() => Promise<unknown>)[] = [];
  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  async function newDirectory(): Promise<TemporaryDirectory> {
    const directory = await temporaryDirectory();
    cleanUp.push(() => directory.remove());
    return directory;
  }

  async function start(env: Record<string, string>, directory?: TemporaryDirectory): Promise<EngineProcess> {
    const engine = await startEngineProcess((directory ?? (await newDirectory())).path, { RUNWRIGHT_LOG_LEVEL: "silent", ...env });
    cleanUp.push(() => engine.kill());
    return engine;
  }

  async function prepare(engine: EngineProcess): Promise<void> {
    assert.equal((await engine.request("PUT", "/api/v1/assets/greeting", { kind: "variable", scope: "/", value: "hello" })).status, 200);
    await engine.publish("counts", COUNTS, 'permissions: { variables: ["greeting"] },');
  }

  /** The job ended in the attempt that the outage found it in, and nothing came twice. */
  async function assertUntouched(engine: EngineProcess, id: string, { awayAt, outputs = EXPECTED }: { awayAt: number; outputs?: unknown[] }): Promise<void> {
    const job = await engine.end(id);
    assert.ok(Date.parse(job.endedAt ?? "") > awayAt, "it had ended before: this shows nothing");
    assert.deepEqual([job.status, job.attempt, job.outputs], ["completed", 1, outputs], JSON.stringify(job));
    const { body } = await engine.request<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
    assert.deepEqual(
      body.items.map((transition) => transition.to),
      ["queued", "running", "completed"],
    );
  }

  it("crashes while two engines, a machine and a command are at work: calls are refused, jobs pause and go on, nothing answered is lost", async () => {
    const env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    const first = await start(env);
    await prepare(first);

    const token = (await first.request<{ token: string }>("POST", "/api/v1/join-tokens", {})).body.token;
    const stateDirectory = join((await newDirectory()).path, "agent");
    await joinEngine({ ...AGENT, stateDirectory, token, name: "web1" });
    const agent = await startAgent({ ...AGENT, stateDirectory, adapters: [], policies: [] });
    cleanUp.push(() => agent.stop());
    await agent.connected;
    const [begun, gate] = [join(stateDirectory, "begun"), join(stateDirectory, "gate")];
    await first.publish(
      "patches",
      `async ({ output, machines }) => {
        const [machine] = await machines.select("os=linux");
        output("begun");
        const { stdout } = await machine.exec(["sh", "-c", "touch ${begun}; until [ -e ${gate} ]; do sleep 0.02; done; echo patched"]);
        output(stdout);
      }`,
      'permissions: { machines: { select: "os=linux", actions: ["exec"] } },',
    );

    const patching = await first.run("patches");
    await eventually("the machine's command", () => existsSync(begun));
    const engines = [first, await start(env)] as const;

    const home = await commandHome();
    cleanUp.push(() => home.remove());
    const follower = home.start(["run", "counts", "--follow"], { env: { RUNWRIGHT_URL: first.url, RUNWRIGHT_TOKEN: first.token } });
    const followed = collect(follower);
    await heard(follower, /^1$/m);

    const running: string[] = [];
    for (const engine of engines) for (let n = 0; n < 3; n++) running.push((await engine.run("counts")).id);
    for (const id of running) await first.untilOutput(id, 2);

    // Asked for right into the crash: what is answered must be there afterwards.
    const answered: string[] = [];
    const asking = engines.map(async (engine) => {
      for (;;) {
        const { status, body } = await engine.request<Job>("POST", "/api/v1/runbooks/counts/jobs", { params: {} });
        if (status !== 202) return;
        answered.push(body.id);
      }
    });
    await eventually("some answers", () => answered.length >= 10);
    await postgres.kill();
    const awayAt = Date.now();
    await Promise.all(asking);
    await writeFile(gate, ""); // the machine's command ends while its result can't be stored

    const until = performance.now() + OUTAGE_MS;
    let slowest = 0;
    while (performance.now() < until) {
      for (const engine of engines) {
        for (const [method, path, body] of [
          ["GET", `/api/v1/jobs/${patching.id}`, undefined],
          ["POST", "/api/v1/runbooks/counts/jobs", { params: {} }],
          ["GET", "/api/v1/machines", undefined],
        ] as const) {
          const began = performance.now();
          const answer = await engine.request<{ code: string; status: number }>(method, path, body);
          slowest = Math.max(slowest, performance.now() - began);
          assert.deepEqual([answer.status, answer.body.code], [503, "DATABASE_UNAVAILABLE"], `${method} ${path}: ${JSON.stringify(answer.body)}`);
          assert.match(answer.headers.get("content-type") ?? "", /application\/problem\+json/);
          assert.ok(Number(answer.headers.get("retry-after")) > 0);
        }
        assert.equal((await engine.request("GET", "/healthz")).status, 200);
        assert.equal((await engine.request("GET", "/readyz")).status, 503);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(slowest < 1_500, `a refusal took ${Math.round(slowest)} ms`);

    await postgres.restart();
    const backAt = performance.now();
    for (const engine of engines) await engine.ready();
    const after = await Promise.all(engines.map((engine) => engine.run("counts")));
    for (const id of running) await assertUntouched(first, id, { awayAt });
    const took = performance.now() - backAt;
    for (const { id } of after) await assertUntouched(first, id, { awayAt });
    await assertUntouched(first, patching.id, { awayAt, outputs: ["begun", "patched\n"] });
    // A claim whose answer was lost leaves a job to its lease; all others were claimed once.
    for (const id of answered) assert.deepEqual((await first.end(id)).outputs, EXPECTED);
    const { code, stdout, stderr } = await followed;
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trim().split("\n").map(Number), EXPECTED);
    console.log(
      `        ${OUTAGE_MS} ms away: ${running.length} jobs went on and ended ${Math.round(took)} ms after its return, ${answered.length} answered in the crash, slowest refusal ${Math.round(slowest)} ms`,
    );
  });

  it("answers nothing at all, as behind a broken network: nobody hangs, and jobs go on over new connections", async () => {
    await using network = await networkTo(await postgres.newDatabase());
    const engine = await start({ RUNWRIGHT_DATABASE: network.url, RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") });
    await prepare(engine);
    const { id } = await engine.run("counts");
    await engine.untilOutput(id, 2);
    network.freeze();
    const awayAt = Date.now();
    const read = () => engine.request<{ code: string }>("GET", `/api/v1/jobs/${id}`);
    const waiting = await Promise.all([read(), read()]);
    assert.deepEqual(
      waiting.map(({ status, body }) => [status, body.code]),
      [
        [503, "DATABASE_UNAVAILABLE"],
        [503, "DATABASE_UNAVAILABLE"],
      ],
    );
    const began = performance.now();
    assert.equal((await read()).status, 503);
    assert.ok(performance.now() - began < 500, "once it is known to be away nobody waits for it");
    network.thaw();
    await engine.ready();
    await assertUntouched(engine, id, { awayAt });
  });

  it("keeps no engine from stopping: the job goes on after the restart", async () => {
    const env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64"), RUNWRIGHT_DRAIN: "500ms" };
    const directory = await newDirectory();
    const engine = await start(env, directory);
    await engine.publish("slow", "async ({ output, sleep }) => { output('begun'); for (let i = 0; i < 20; i++) await sleep(100); output('done'); }");
    const { id } = await engine.run("slow");
    await engine.untilOutput(id, 1);
    await postgres.kill();
    // The engine is told to stop while it can't write down how its job ended: it gives up after its patience.
    assert.equal(await engine.stop(), 0);
    await postgres.restart();
    const again = await start(env, directory);
    const job = await again.end(id);
    assert.deepEqual([job.status, job.outputs, job.crashes], ["completed", ["begun", "done"], 0]);
  });
});
