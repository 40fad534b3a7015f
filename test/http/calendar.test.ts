import assert from "node:assert/strict";
import type { Calendar } from "../../engine/protocol/http/calendar.ts";
import { type DeployWorld, deployWorld, publishRoll } from "../deploy/world.ts";

describe("HTTP: the calendar", function () {
  this.timeout(60_000);
  let all: DeployWorld;
  beforeEach(async () => {
    all = await deployWorld("2026-03-01T12:00:00Z");
    await publishRoll(all);
    await all.machine("web1");
  });
  afterEach(() => all.stop());

  async function calendar(from: string, to: string, token?: string): Promise<Calendar> {
    const { status, body, text } = await all.ask("GET", `/api/v1/calendar?${new URLSearchParams({ from, to })}`, token ? { token } : {});
    assert.equal(status, 200, text);
    return body;
  }
  const put = async (path: string, spec: object, scope = "/") => {
    const { status, text } = await all.ask("PUT", `/api/v1/${path}`, { body: { scope, spec } });
    assert.ok(status < 300, text);
  };
  const openings = ({ windows }: Calendar) => windows.map(({ name, opensAt, deployment }) => [name, opensAt.slice(0, 16), deployment?.status ?? null]);

  it("shows openings of all windows by their time, with what was made of them", async () => {
    await all.window("nightly");
    await all.window("noon", { cron: "0 11 * * *", duration: "1h" });
    await all.window("off", { enabled: false });
    await all.deployments.tick();
    assert.equal((await all.post("/windows/noon/run", { reason: "now" })).status, 201);
    const found = await calendar("2026-03-01", "2026-03-03");
    assert.deepEqual(openings(found), [
      ["noon", "2026-03-01T12:00", "approved"],
      ["nightly", "2026-03-02T02:00", "approved"],
      ["noon", "2026-03-02T11:00", "approved"],
    ]);
    // One that is open at the beginning is there, one that begins at the end isn't.
    assert.deepEqual(openings(await calendar("2026-03-02T03:00", "2026-03-02T11:00")), [["nightly", "2026-03-02T02:00", "approved"]]);
  });

  it("shows what was skipped, with who and why, and what a freeze holds back", async () => {
    await all.window("nightly");
    assert.equal((await all.post("/windows/nightly/skip", { reason: "a fair" })).status, 200);
    await put("freezes/spring", {
      timeZone: "UTC",
      reason: "stocktaking",
      periods: [
        { from: "2026-03-03T00:00", to: "2026-03-04T00:00" },
        { cron: "0 6 * * 1", duration: "2h", reason: "Mondays" },
      ],
    });
    const { windows, freezes } = await calendar("2026-03-01", "2026-03-10");
    assert.deepEqual(windows[0]?.exception, { kind: "skipped", reason: "a fair", by: "admin" });
    assert.match(String(windows[1]?.frozen), /stocktaking/);
    assert.equal(windows[2]?.frozen, null);
    assert.deepEqual(
      freezes.map(({ reason, from, to }) => [reason, from.slice(0, 13), to.slice(0, 13)]),
      [
        ["Mondays", "2026-03-02T06", "2026-03-02T08"],
        ["stocktaking", "2026-03-03T00", "2026-03-04T00"],
        ["Mondays", "2026-03-09T06", "2026-03-09T08"],
      ],
    );
    assert.deepEqual((await calendar("2026-03-02T07:00", "2026-03-02T07:30")).freezes.length, 1);
  });

  it("shows when a window of machines' own zones opens first and closes last", async () => {
    await all.machine("tokyo", { zone: "Asia/Tokyo" });
    await all.machine("lima", { zone: "America/Lima" });
    await all.window("everywhere", { timeZone: "machine" });
    const { windows } = await calendar("2026-03-05", "2026-03-06");
    assert.deepEqual(
      windows.map(({ opensAt, closesAt }) => [opensAt, closesAt]),
      [
        ["2026-03-04T17:00:00.000Z", "2026-03-05T09:00:00.000Z"],
        ["2026-03-05T17:00:00.000Z", "2026-03-06T09:00:00.000Z"],
      ],
    );
  });

  it("counts how often schedules run, by day", async () => {
    const runs = [{ runbook: "quick", parameters: { deployment: "x" } }];
    await put("schedules/often", { cron: "*/10 * * * *", timeZone: "UTC", runs });
    await put("schedules/mondays", { cron: "0 23 * * 1", timeZone: "America/New_York", runs });
    await put("schedules/off", { cron: "* * * * *", timeZone: "UTC", enabled: false, runs });
    const { schedules, schedulesLeftOut } = await calendar("2026-03-01", "2026-03-04T12:00");
    assert.deepEqual(
      schedules.map(({ day, occurrences }) => [day, occurrences]),
      [
        ["2026-03-01", 144],
        ["2026-03-02", 144],
        ["2026-03-03", 145],
        ["2026-03-04", 144],
      ],
    );
    assert.equal(schedulesLeftOut, 0);
  });

  it("shows each what lies where they may look", async () => {
    await all.window("prod", {}, { scope: "/prod" });
    await all.window("test", { cron: "0 3 * * *" }, { scope: "/test" });
    await put("freezes/prod", { timeZone: "UTC", reason: "closed", periods: [{ from: "2026-03-02T00:00", to: "2026-03-09T00:00" }] }, "/prod");
    const token = await all.tokenFor("tess", { role: "reader", scope: "/test" });
    const found = await calendar("2026-03-02", "2026-03-03", token);
    assert.deepEqual([openings(found), found.freezes], [[["test", "2026-03-02T03:00", null]], []]);
  });

  it("says from when on it is cut, and is whole up to there", async () => {
    for (let n = 0; n < 3; n++) await all.window(`w${n}`, { cron: `${n * 10} * * * *`, duration: "30m" });
    const found = await calendar("2026-03-02", "2026-05-02");
    const { cutAt, windows } = found;
    assert.ok(cutAt && windows.length <= 2_000 && windows.length > 1_990);
    assert.ok(windows.every(({ opensAt }) => opensAt < cutAt));
    const whole = await calendar(cutAt, new Date(Date.parse(cutAt) + 1).toISOString());
    assert.equal(whole.cutAt, null);
    assert.ok(whole.windows.some(({ opensAt }) => opensAt === cutAt));
  });

  it("refuses ranges that are upside down, too long, or none", async () => {
    const cases = [
      "from=2026-03-02&to=2026-03-01",
      "from=2026-03-01&to=2026-03-01",
      "from=2026-03-01&to=2026-05-02T00:00:01",
      "from=2026-03-01",
      "",
      "from=yesterday&to=today",
      "from=-271821-04-20T00:00Z&to=-271821-04-21T00:00Z",
      "from=%2B275760-09-12T00:00Z&to=%2B275760-09-13T00:00Z",
      `from=${"9".repeat(10_000)}&to=2026-03-01`,
      "from=2026-02-30&to=2026-03-01",
    ];
    for (const query of cases) assert.equal((await all.ask("GET", `/api/v1/calendar?${query}`)).status, 400, query.slice(0, 80));
    assert.equal((await all.ask("GET", "/api/v1/calendar?from=1970-01-01&to=1970-03-04")).status, 200);
    assert.equal((await all.ask("GET", "/api/v1/calendar?from=9999-11-01&to=9999-12-31")).status, 200);
  });
});
