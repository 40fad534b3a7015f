import assert from "node:assert/strict";
import { RunwrightError } from "../../engine/core/errors.ts";
import { publish, type World, world } from "./world.ts";

const HOURLY = { cron: "0 * * * *", timeZone: "UTC" };
const GREET = { runs: [{ runbook: "greet", parameters: { name: "Ada" } }] };

describe("the scheduler", function () {
  this.timeout(30_000);
  let all: World;
  beforeEach(async () => {
    all = await world("2026-03-01T00:30:00Z");
  });
  afterEach(() => all.stop());
  const statuses = async () => (await all.rows()).map(({ key, status }) => `${key.slice(11, 16)} ${status}`);

  it("starts a job at the time that a schedule names, with its parameters, once", async () => {
    const { state } = await all.put("schedules", "nightly", { ...HOURLY, ...GREET });
    assert.deepEqual(state, { nextAt: "2026-03-01T01:00:00.000Z" });
    assert.equal(await all.pass({ minutes: 29 }), 0);
    assert.equal(await all.pass({ minutes: 1 }), 1);
    assert.equal(await all.triggers.scheduler.tick(), 0);
    const [row, ...others] = await all.rows();
    assert.deepEqual([row?.key, row?.status, row?.reason, others.length], ["2026-03-01T01:00:00.000Z", "started", "on time", 0]);
    const { body: job } = await all.ask("GET", `/api/v1/jobs/${row?.jobId}?wait=20s`);
    assert.deepEqual([job.status, job.trigger, job.params, job.outputs], ["completed", "schedule", { name: "Ada" }, [{ name: "Ada" }]]);
    const entry = (await all.activity()).find(({ operation }) => operation === "job.run");
    assert.deepEqual([entry?.actorName, entry?.target], ["schedule:nightly", "runbook:greet"]);
  });

  it("starts every runbook of a schedule, each with its own parameters and pinned version", async () => {
    await publish(all, "greet", "async ({ params, output }) => output([params])", `parameters: { type: "object", properties: { name: { type: "string" } } },`);
    await all.put("schedules", "both", {
      ...HOURLY,
      runs: [
        { runbook: "greet", version: 1, parameters: { n: 7 } },
        { runbook: "greet", parameters: { name: "Bob" } },
      ],
    });
    await all.pass({ minutes: 30 });
    const jobs = await all.jobs("greet");
    assert.deepEqual(
      jobs.map(({ version, params }) => ({ version, params })).sort((a, b) => a.version - b.version),
      [
        { version: 1, params: { n: 7 } },
        { version: 2, params: { name: "Bob" } },
      ],
    );
  });

  for (const { misfire, expected } of [
    { misfire: undefined, expected: ["01:00 missed", "02:00 missed", "03:00 started"] },
    { misfire: { policy: "once", grace: "3h" }, expected: ["01:00 merged", "02:00 merged", "03:00 started"] },
    { misfire: { policy: "skip" }, expected: ["01:00 missed", "02:00 missed", "03:00 missed"] },
    { misfire: { policy: "all", grace: "1d" }, expected: ["01:00 started", "02:00 started", "03:00 started"] },
    { misfire: { policy: "all", grace: "1d", max: 2 }, expected: ["01:00 missed", "02:00 started", "03:00 started"] },
  ]) {
    it(`after three missed hours does what the policy ${JSON.stringify(misfire ?? "by default")} says, with a row for each`, async () => {
      await all.put("schedules", "hourly", { ...HOURLY, ...GREET, ...(misfire && { misfire }), overlap: "queue" });
      await all.pass({ hours: 2, minutes: 40 });
      for (let n = 0; n < 3; n++) {
        await all.settle("greet");
        await all.triggers.waiting.tick();
      }
      assert.deepEqual(await statuses(), expected);
      assert.equal((await all.jobs("greet")).length, expected.filter((one) => one.endsWith("started")).length);
    });
  }

  it("doesn't make up for what lies before a schedule was made, enabled or given another timetable", async () => {
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET, enabled: false });
    assert.equal(await all.pass({ hours: 5 }), 0);
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET });
    assert.equal(await all.triggers.scheduler.tick(), 0);
    assert.equal(await all.pass({ minutes: 30 }), 1);
  });

  it("starts what is due although its parameters were changed a moment before, with the new ones", async () => {
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET });
    all.clock.advance({ minutes: 30, seconds: 10 });
    await all.put("schedules", "hourly", { ...HOURLY, runs: [{ runbook: "greet", parameters: { name: "Eve" } }] });
    assert.equal(await all.triggers.scheduler.tick(), 1);
    assert.deepEqual(
      (await all.jobs("greet")).map(({ params }) => params),
      [{ name: "Eve" }],
    );
  });

  it("runs nothing twice when the clock is set back, and bounds what it makes up for when it jumps ahead", async () => {
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET });
    await all.pass({ minutes: 30 });
    all.clock.setWallClock("2026-03-01T00:10:00Z");
    assert.equal(await all.pass({ minutes: 55 }), 0);
    assert.equal((await all.rows()).length, 1);
    all.clock.setWallClock("2026-05-01T00:00:30Z");
    while ((await all.triggers.scheduler.tick()) > 0);
    const rows = await all.rows("&status=started");
    assert.deepEqual(
      rows.map(({ key }) => key),
      ["2026-03-01T01:00:00.000Z", "2026-05-01T00:00:00.000Z"],
    );
    const hours = (Date.parse("2026-05-01T00:00:00Z") - Date.parse("2026-03-01T00:00:00Z")) / 3_600_000;
    let count = 0;
    for (let cursor = ""; ; ) {
      const { body } = await all.ask("GET", `/api/v1/occurrences?limit=500${cursor}`);
      count += body.items.length;
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    assert.equal(count, hours, "a row for each hour");
  });

  it("tries again at once what the database refused for a moment, and puts nothing off", async () => {
    await all.put("schedules", "strict", { ...HOURLY, ...GREET, misfire: { policy: "skip" } });
    const { store } = all;
    const { write } = store;
    Object.assign(store, {
      write: () => {
        Object.assign(store, { write });
        return Promise.reject(new RunwrightError("DATABASE_UNAVAILABLE", "it restarts; try again"));
      },
    });
    await assert.rejects(all.pass({ minutes: 30 }), { code: "DATABASE_UNAVAILABLE" });
    assert.equal(await all.pass({ seconds: 1 }), 1);
    assert.deepEqual(await statuses(), ["01:00 started"]);
  });

  it("doesn't count as missed what the engine couldn't decide for a moment", async () => {
    await all.put("schedules", "strict", { ...HOURLY, ...GREET, misfire: { policy: "skip" } });
    const { store } = all;
    const { write } = store;
    Object.assign(store, {
      write: () => {
        Object.assign(store, { write });
        return Promise.reject(new Error("a mistake"));
      },
    });
    assert.equal(await all.pass({ minutes: 30, seconds: 5 }), 0);
    assert.equal(await all.pass({ seconds: 31 }), 1);
    assert.deepEqual(await statuses(), ["01:00 started"]);
  });

  for (const runs of [1, 20])
    it(`starts the newest of thousands that were missed with the policy all, wherever a batch of ${runs} runs ends`, async () => {
      const misfire = { policy: "all", grace: "31d", max: 3 };
      await all.put("schedules", "s", { cron: "* * * * *", timeZone: "UTC", misfire, runs: Array.from({ length: runs }, () => GREET.runs[0]) });
      assert.equal(await all.pass({ minutes: 501 }), 501);
      const { body } = await all.ask("GET", "/api/v1/occurrences?limit=500&status=missed");
      assert.ok(body.items.length > 0);
      const rows = [...(await all.rows("&status=started")), ...(await all.rows("&status=waiting"))];
      const keys = [...new Set(rows.map(({ key }) => key.slice(11, 16)))].sort();
      assert.deepEqual([rows.length, keys], [3 * runs, ["08:49", "08:50", "08:51"]]);
    });

  it("ends with its expiry, and keeps what it has done when it is deleted", async () => {
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET, expiresAt: "2026-03-01T02:00:00Z" });
    await all.pass({ minutes: 30 });
    assert.deepEqual((await all.ask("GET", "/api/v1/schedules/hourly")).body.state, {});
    assert.equal(await all.pass({ hours: 5 }), 0);
    assert.equal((await all.ask("DELETE", "/api/v1/schedules/hourly")).status, 204);
    assert.equal((await all.rows()).length, 1);
  });

  it("writes a row when a runbook is gone or its parameters don't fit any more, and goes on with the others", async () => {
    await publish(all, "gone", "async () => {}");
    await all.put("schedules", "mixed", { ...HOURLY, runs: [{ runbook: "gone" }, ...GREET.runs] });
    await all.ask("DELETE", "/api/v1/runbooks/gone?breakTriggers=true");
    await all.pass({ minutes: 30 });
    const rows = await all.rows();
    assert.deepEqual(rows.map(({ runbook, status }) => `${runbook} ${status}`).sort(), ["gone refused", "greet started"]);
    assert.match(rows.find(({ status }) => status === "refused")?.reason ?? "", /runbook "gone" was deleted by admin.*\[RUNBOOK_NOT_FOUND\]/);
  });

  it("holds back what falls into a freeze of its scope, and says why and until when", async () => {
    await all.put("freezes", "year-end", {
      timeZone: "Europe/Berlin",
      reason: "closing of the books",
      periods: [{ from: "2026-03-01T02:30", to: "2026-03-01T04:30" }],
    });
    await all.put("freezes", "elsewhere", { timeZone: "UTC", reason: "theirs", periods: [{ from: "2026-01-01", to: "2027-01-01" }] }, { scope: "/other" });
    await all.put("freezes", "webhooks-only", { timeZone: "UTC", reason: "hooks", holds: ["webhooks"], periods: [{ from: "2026-01-01", to: "2027-01-01" }] });
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET });
    for (let n = 0; n < 4; n++) {
      await all.pass({ minutes: n === 0 ? 30 : 60 });
      await all.settle("greet");
    }
    assert.deepEqual(await statuses(), ["01:00 started", "02:00 frozen", "03:00 frozen", "04:00 started"]);
    assert.equal((await all.rows())[1]?.reason, "the freeze year-end holds it back until 2026-03-01T04:30+01:00[Europe/Berlin]: closing of the books");
  });

  it("doesn't start inside a freeze what was missed before it", async () => {
    await all.put("schedules", "hourly", { ...HOURLY, ...GREET, misfire: { policy: "once", grace: "6h" } });
    await all.put("freezes", "now", { timeZone: "UTC", reason: "audit", periods: [{ from: "2026-03-01T02:30", to: "2026-03-01T06:00" }] });
    await all.pass({ hours: 2, minutes: 10 });
    assert.deepEqual(await statuses(), ["01:00 merged", "02:00 frozen"]);
    assert.match((await all.rows())[1]?.reason ?? "", /^missed, and now the freeze now holds it back/);
  });

  it("holds back again and again what a recurring freeze names", async () => {
    await all.put("freezes", "month-end", {
      timeZone: "UTC",
      reason: "closing",
      periods: [{ recurrence: { frequency: "monthly", days: ["last"], times: ["12:00"] }, duration: "1d" }],
    });
    await all.put("schedules", "daily", { cron: "0 11 * * *", timeZone: "UTC", ...GREET });
    for (let day = 0; day < 32; day++) {
      await all.pass({ hours: day === 0 ? 10 : 24, minutes: day === 0 ? 30 : 0 });
      await all.settle("greet");
    }
    // From noon of the last day of February, and of March, to the next noon.
    assert.deepEqual(
      (await all.rows("&status=frozen")).map(({ key }) => key.slice(0, 10)),
      ["2026-03-01", "2026-04-01"],
    );
    assert.equal((await all.rows("&status=started")).length, 30);
  });

  describe("when the job before hasn't ended", () => {
    const started = async () => (await all.jobs("endless")).map(({ status }) => status);
    const stopFirst = async () => {
      const running = (await all.jobs("endless")).filter(({ status }) => !["stopped", "completed", "failed"].includes(status));
      for (const job of running) {
        await all.ask("POST", `/api/v1/jobs/${job.id}/stop`);
        await all.ask("GET", `/api/v1/jobs/${job.id}?wait=20s`);
      }
      await all.triggers.waiting.tick();
    };
    const three = async (overlap: string) => {
      await all.put("schedules", "long", { ...HOURLY, overlap, runs: [{ runbook: "endless" }] });
      for (let n = 0; n < 3; n++) await all.pass({ minutes: n === 0 ? 30 : 60 });
    };

    it("waits for its end with overlap queue, in order, one at a time", async () => {
      await three("queue");
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 waiting", "03:00 waiting"]);
      assert.equal(await all.triggers.waiting.tick(), 0);
      await stopFirst();
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 started", "03:00 waiting"]);
      await stopFirst();
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 started", "03:00 started"]);
      await stopFirst();
    });

    it("leaves it out with overlap skip, and says which job was in its way", async () => {
      await three("skip");
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 skipped", "03:00 skipped"]);
      const [first, second] = await all.rows();
      assert.equal(second?.reason, `job ${first?.jobId} of an earlier occurrence hasn't ended (overlap skip)`);
      await stopFirst();
    });

    it("stops it with overlap cancel and starts when it has ended, and only the newest of those that wait", async () => {
      await all.put("schedules", "long", { ...HOURLY, overlap: "cancel", runs: [{ runbook: "endless" }] });
      await all.pass({ minutes: 30 });
      await all.pass({ minutes: 60 });
      const [first] = (await all.jobs("endless")).toReversed();
      assert.equal((await all.ask("GET", `/api/v1/jobs/${first?.id}?wait=20s`)).body.status, "stopped");
      await all.triggers.waiting.tick();
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 started"]);
      assert.equal((await started()).length, 2);
      await stopFirst();
    });

    it("forgets those that wait when the schedule is deleted", async () => {
      await three("queue");
      await all.ask("DELETE", "/api/v1/schedules/long");
      await stopFirst();
      assert.deepEqual(await statuses(), ["01:00 started", "02:00 skipped", "03:00 skipped"]);
    });
  });

  it("spreads what has a jitter, each occurrence in its own moment and not before its time", async () => {
    const names = Array.from({ length: 30 }, (_, n) => `s${n}`);
    for (const name of names) await all.put("schedules", name, { ...HOURLY, ...GREET, jitter: "20m" });
    const starts = await Promise.all(names.map(async (name) => Date.parse((await all.ask("GET", `/api/v1/schedules/${name}`)).body.state.nextAt)));
    const hour = Date.parse("2026-03-01T01:00:00Z");
    assert.ok(starts.every((at) => at >= hour && at < hour + 1_200_000));
    assert.ok(new Set(starts.map((at) => Math.floor((at - hour) / 240_000))).size >= 4, "in most fifths of it");
    for (let minute = 0; minute < 50; minute++) await all.pass({ minutes: 1 });
    const rows = await all.rows();
    assert.equal(rows.length, 30);
    assert.ok(rows.every(({ key, status }) => key === "2026-03-01T01:00:00.000Z" && status === "started"));
    assert.deepEqual(rows.map(({ dueAt }) => Date.parse(dueAt)).sort(), starts.sort());
  });
});
