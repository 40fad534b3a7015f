import assert from "node:assert/strict";
import { type TemporaryDirectory, temporaryDirectory } from "../support/temporary-directory.ts";
import { type Rig, rig } from "./rig.ts";

describe("a wall clock that is set back by a day", function () {
  this.timeout(60_000);
  let directory: TemporaryDirectory;
  let engine: Rig;
  let offset = 0;
  /** Runs like the machine's own, but can be set. */
  const clock = {
    now: () => Date.now() + offset,
    monotonic: () => performance.now(),
    setWallClock: (text: string) => {
      offset = Date.parse(text) - Date.now();
    },
  };
  before(async () => {
    clock.setWallClock("2026-03-02T12:00:00Z");
    directory = await temporaryDirectory();
    engine = await rig({ address: `sqlite:${directory.path}`, clock });
    await engine.publish("times", "async ({ output, sleep }) => { output(Date.now()); await sleep(1); output(Date.now()); }");
  });
  after(async () => {
    await engine.stop();
    await directory.remove();
  });

  it("changes neither the order of jobs nor their outcome", async () => {
    const first = await engine.start("times");
    await engine.finish(first.id);
    clock.setWallClock("2026-03-01T12:00:00Z");
    const second = await engine.start("times");
    const done = await engine.finish(second.id);
    assert.equal(done.status, "completed");
    const listed = await engine.store.read.jobs.list({ scopes: ["/"], limit: 10 });
    assert.deepEqual(
      listed.map((job) => job.id),
      [second.id, first.id],
    );
  });

  it("never lets time go back within a job", async () => {
    await engine.publish("patient", "async ({ output, sleep }) => { output(Date.now()); await sleep(300); output(Date.now()); }");
    clock.setWallClock("2026-03-02T12:00:00Z");
    const job = await engine.start("patient");
    await new Promise<void>((resolve) => {
      const end = engine.jobs.feed.subscribe(job.id, (event) => {
        if (event.kind !== "entries") return;
        end();
        resolve();
      });
    });
    clock.setWallClock("2026-03-01T12:00:00Z");
    const done = await engine.finish(job.id);
    assert.equal(done.status, "completed");
    const [begin, end] = (await engine.outputs(job.id)).map(Number);
    assert.ok(begin !== undefined && begin >= Date.UTC(2026, 2, 2, 12));
    assert.ok(end !== undefined && end >= begin, `${end} doesn't come before ${begin}`);
  });

  it("leaves a job that runs here alone, although its lease seems to lie in the past or far ahead", async () => {
    clock.setWallClock("2026-03-02T12:00:00Z");
    await engine.publish("holds", "async ({ output, sleep }) => { output('begun'); await sleep(500); output('done'); }");
    const job = await engine.start("holds");
    await new Promise<void>((resolve) => {
      const end = engine.jobs.feed.subscribe(job.id, (event) => {
        if (event.kind !== "entries") return;
        end();
        resolve();
      });
    });
    clock.setWallClock("2026-03-05T12:00:00Z");
    await engine.jobs.reap();
    const done = await engine.finish(job.id);
    assert.deepEqual([done.status, done.attempt], ["completed", 1]);
    assert.deepEqual(await engine.outputs(job.id), ["begun", "done"]);
  });
});
