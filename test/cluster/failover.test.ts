import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Job, Transition } from "../../engine/protocol/http/jobs.ts";
import { type EngineProcess, startEngineProcess } from "../engine/engine-process.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const KILLS = LONG ? 10 : 2;
const JOBS_A_ROUND = 8;

/** Engines of one PostgreSQL, each with a data directory of its own. */
describe("two engines on one PostgreSQL", function () {
  this.timeout(400_000);
  let postgres: Postgres;
  let directories: TemporaryDirectory[];
  let engines: EngineProcess[];
  let env: Record<string, string>;

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.stop());
  beforeEach(async () => {
    env = { RUNWRIGHT_DATABASE: await postgres.newDatabase(), RUNWRIGHT_MASTER_KEY: randomBytes(32).toString("base64") };
    directories = [await temporaryDirectory(), await temporaryDirectory()];
    engines = [];
    for (const directory of directories) engines.push(await startEngineProcess(directory.path, env));
  });
  afterEach(async () => {
    for (const engine of engines) await engine.kill();
    for (const directory of directories) await directory.remove();
  });
  const engine = (n: number): EngineProcess => {
    const found = engines[n % 2];
    assert.ok(found);
    return found;
  };

  it("share the work, know each other's runbooks and jobs, and stop a job wherever it runs", async () => {
    await engine(0).publish("shared", "async ({ output, sleep }) => { output(1); await sleep(300); output(2); }");
    const jobs = await Promise.all(Array.from({ length: 120 }, (_, n) => engine(n).run("shared")));
    const ended: Job[] = [];
    for (const { id } of jobs) ended.push(await engine(1).end(id));
    assert.ok(ended.every((job) => job.status === "completed" && JSON.stringify(job.outputs) === "[1,2]"));
    const runners = new Set<string>();
    for (const { id } of jobs) {
      const { body } = await engine(0).request<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
      const started = body.items.filter((transition) => transition.to === "running");
      assert.equal(started.length, 1, "each job was claimed once");
      runners.add(started[0]?.by ?? "");
    }
    assert.equal(runners.size, 2, "both engines ran some");

    await engine(0).publish("endless", "async ({ output }) => { output('begun'); for (;;); }");
    const looping = await engine(0).run("endless");
    await engine(0).untilOutput(looping.id, 1);
    // Asked at both: one of them doesn't run it.
    const answers = await Promise.all([0, 1].map((n) => engine(n).request("POST", `/api/v1/jobs/${looping.id}/stop`)));
    assert.ok(answers.some((answer) => answer.status === 200));
    assert.equal((await engine(1).end(looping.id)).status, "stopped");
  });

  it(`continue each other's jobs after SIGKILL, ${KILLS} times: none lost, nothing written twice`, async () => {
    await engine(0).publish("counts", "async ({ output, sleep }) => { for (let i = 1; i <= 8; i++) { output(i); await sleep(120); } }");
    const ids: string[] = [];
    const failovers: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = kill % 2;
      const survivor = engine(victim + 1);
      const jobs = await Promise.all(Array.from({ length: JOBS_A_ROUND }, (_, n) => engine(n).run("counts")));
      ids.push(...jobs.map((job) => job.id));
      for (const { id } of jobs) await survivor.untilOutput(id, 2);
      const killedAt = Date.now();
      await engine(victim).kill();
      for (const { id } of jobs) {
        await survivor.end(id);
        const { body } = await survivor.request<{ items: Transition[] }>("GET", `/api/v1/jobs/${id}/transitions`);
        const again = body.items.filter((transition) => transition.to === "running")[1];
        if (again) failovers.push(Date.parse(again.at) - killedAt);
      }
      const directory = directories[victim];
      assert.ok(directory);
      engines[victim] = await startEngineProcess(directory.path, env);
    }
    for (const id of ids) {
      const job = await engine(0).end(id);
      assert.equal(job.status, "completed", JSON.stringify(job));
      assert.deepEqual(job.outputs, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
    failovers.sort((a, b) => a - b);
    const at = (share: number) => failovers[Math.min(failovers.length - 1, Math.floor(failovers.length * share))];
    console.log(`        ${KILLS} kills: ${ids.length} jobs, 0 lost, 0 doubled; ${failovers.length} taken over, after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
    assert.ok(failovers.length > 0, "at least one job changed hands");
    assert.ok((failovers.at(-1) ?? 0) < 15_000);
  });
});
