import assert from "node:assert/strict";
import { type Rig, rig } from "../http/rig.ts";
import { testClock } from "../support/clock.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { publish } from "../triggers/world.ts";

const LONG = process.env.RUNWRIGHT_TEST_LONG === "1";
const SCHEDULES = LONG ? 100 : 15;
const MINUTES = LONG ? 20 : 4;

describe("schedules over several engines on one PostgreSQL", function () {
  this.timeout(180_000);
  const clock = testClock("2026-03-01T00:00:30Z");
  let postgres: Postgres;
  let engines: Rig[];
  before(async () => {
    postgres = await startPostgres();
    const address = await postgres.newDatabase();
    engines = [];
    for (const engineId of ["eng_a", "eng_b", "eng_c"]) engines.push(await rig({ address, clock, engineId }));
  });
  after(async () => {
    for (const engine of engines) await engine.stop();
    await postgres.stop();
  });

  it("make one job of each occurrence, whoever is first, and decide none twice", async () => {
    const [first] = engines as [Rig];
    await publish(first, "quick", "async () => {}");
    for (let n = 0; n < SCHEDULES; n++) {
      const spec = { cron: "* * * * *", timeZone: "UTC", runs: [{ runbook: "quick" }] };
      const { status, text } = await first.ask("PUT", `/api/v1/schedules/s${n}`, { body: { spec } });
      assert.equal(status, 201, text);
    }
    for (let minute = 1; minute <= MINUTES; minute++) {
      clock.advance({ minutes: 1 });
      const decided = await Promise.all(engines.map((engine) => engine.triggers.scheduler.tick()));
      assert.equal(
        decided.reduce((sum, count) => sum + count, 0),
        SCHEDULES,
        `minute ${minute}: ${decided.join(" + ")}`,
      );
      await ended(first);
      await Promise.all(engines.map((engine) => engine.triggers.waiting.tick()));
    }
    await ended(first);
    const occurrences = await listed<{ name: string; key: string; status: string; jobId: string }>(first, "/api/v1/occurrences");
    assert.equal(occurrences.length, SCHEDULES * MINUTES);
    assert.equal(new Set(occurrences.map(({ name, key }) => `${name} ${key}`)).size, SCHEDULES * MINUTES);
    assert.deepEqual([...new Set(occurrences.map(({ status }) => status))], ["started"]);
    const jobs = await listed<{ id: string }>(first, "/api/v1/jobs?trigger=schedule");
    assert.deepEqual(jobs.map(({ id }) => id).sort(), occurrences.map(({ jobId }) => jobId).sort());
  });

  /** No job of a schedule is under way any more. */
  async function ended(engine: Rig): Promise<void> {
    for (const job of await listed<{ id: string; endedAt: string | null }>(engine, "/api/v1/jobs?trigger=schedule"))
      if (job.endedAt === null) await engine.ask("GET", `/api/v1/jobs/${job.id}?wait=30s`);
  }

  async function listed<Item>({ ask }: Rig, path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor = ""; ; ) {
      const { body } = await ask("GET", `${path}${path.includes("?") ? "&" : "?"}limit=500${cursor}`);
      items.push(...body.items);
      if (body.next === null) return items;
      cursor = `&cursor=${body.next}`;
    }
  }
});
