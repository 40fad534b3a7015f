import assert from "node:assert/strict";
import type { JobEvent } from "../../engine/jobs/feed.ts";
import { type Rig, rig } from "../engine/rig.ts";
import { eventually } from "../support/eventually.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";

/** Looking at leases is put off for so long that what happens in time was told. */
const leaseMs = 3_600_000;

describe("a job that another engine runs", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  let engines: [Rig, Rig];

  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [await rig({ address, engineId: "eng_1", runners: 1, leaseMs }), await rig({ address, engineId: "eng_2", runners: 1, leaseMs })];
  });
  after(async () => {
    for (const engine of engines ?? []) await engine.stop();
    await postgres.stop();
  });

  /** A job that runs, the engine that runs it, and another one. */
  async function running(name: string, run: string) {
    await engines[0].publish(name, run);
    const job = await engines[0].start(name);
    const runner = await eventually("its start", () => engines.find((engine) => engine.jobs.running() === 1));
    const other = engines.find((engine) => engine !== runner);
    assert.ok(other);
    return { id: job.id, runner, other };
  }

  it("is stopped through this one at once, and its end is told to whoever watches it here", async () => {
    const { id, runner, other } = await running("endless", "async () => { for (;;); }");
    const ofJob: JobEvent[] = [];
    const ofAll: JobEvent[] = [];
    other.jobs.feed.subscribe(id, (event) => ofJob.push(event));
    other.jobs.feed.subscribe(null, (event) => ofAll.push(event));
    await other.jobs.stop(id, "ada");
    await eventually("its end here", () => ofJob.some((event) => event.kind === "status" && event.job.status === "stopped"));
    await eventually("room for another one", () => runner.jobs.running() === 0);
    // Whoever counts all jobs counts each where it ran.
    assert.ok(ofAll.every((event) => event.kind === "status" && event.job.status === "stopping"));
  });

  it("gives its isolate back when it is suspended through this one, and goes on when it is continued", async () => {
    const { id, runner, other } = await running(
      "loops",
      "async ({ output, sleep }) => { output(1); for (let n = 0; n < 20; n++) await sleep(100); output(2); }",
    );
    await eventually("its first output", async () => (await other.outputs(id)).length === 1);
    await other.jobs.suspend(id, "ada");
    await eventually("its isolate back", () => runner.jobs.running() === 0);
    await runner.jobs.continue(id, "ada");
    assert.equal((await other.finish(id)).status, "completed");
    assert.deepEqual(await other.outputs(id), [1, 2]);
  });
});
