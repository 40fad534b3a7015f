import assert from "node:assert/strict";
import { openStore, type Store } from "../../engine/store/store.ts";
import { createStandingKeeper } from "../../engine/updates/fleet/standing-keeper.ts";
import { createTrend, TREND_DAYS } from "../../engine/updates/fleet/trend.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { worldOn } from "./policy-world.ts";

const silent = { warn() {}, error() {} };

describe("figures of days", function () {
  this.timeout(60_000);
  let store: Store;
  let clock: TestClock;
  let world: ReturnType<typeof worldOn>;
  let trend: ReturnType<typeof createTrend>;
  beforeEach(async () => {
    store = await openStore("memory:");
    clock = testClock("2026-03-10T12:10:00Z");
    world = worldOn(store, clock);
    trend = createTrend({ store, clock, log: silent, keeper: createStandingKeeper({ store, log: silent }) });
  });
  afterEach(async () => {
    await trend.stop();
    await store.stop();
  });
  const days = async (question: { scopes?: string[]; days?: number; selector?: string } = {}) =>
    (await trend.days({ scopes: ["/"], days: 90, ...question })).map(({ day, compliance, missing, overdue }) => [
      day,
      compliance.noncompliant,
      compliance.compliant,
      missing.security,
      overdue,
    ]);
  /** Lets time pass, then counts. */
  async function pass(duration: Temporal.DurationLike): Promise<boolean> {
    clock.advance(duration);
    return trend.tick();
  }

  it("are counted scope by scope, and summed up for those that one may see", async () => {
    await world.put("all", { sla: { default: "1d" } }, "/");
    for (const [name, scope] of [
      ["a", "/prod/web"],
      ["b", "/prod"],
      ["c", "/production"],
    ] as const)
      await world.enrol(name, scope);
    await world.report("a", [{ name: "openssl" }, { name: "bash", classification: "other" }]);
    await world.report("b", []);
    await world.report("c", [{ name: "openssl" }]);
    assert.equal(await trend.tick(), true);
    assert.deepEqual(await days(), [["2026-03-10", 2, 1, 2, 0]]);
    assert.deepEqual(await days({ scopes: ["/prod"] }), [["2026-03-10", 1, 1, 1, 0]]);
    assert.deepEqual(await days({ scopes: ["/prod/web", "/production"] }), [["2026-03-10", 2, 0, 2, 0]]);
    assert.deepEqual(await days({ selector: "scope=/prod scope!=/prod/web" }), [["2026-03-10", 0, 1, 0, 0]]);
    assert.deepEqual(await days({ scopes: [] }), []);
    await assert.rejects(days({ selector: "scope=/prod os=linux" }), { code: "BAD_REQUEST", message: /os can't/ });
    await assert.rejects(days({ selector: "colour=red" }), { code: "SELECTOR_INVALID" });
    clock.advance({ hours: 25 });
    await world.judging.tick();
    await trend.tick();
    assert.deepEqual(
      (await days()).map((row) => row[4]),
      [0, 3],
    );
  });

  it("of a day are those of its last count, and those of days before stay", async () => {
    await world.enrol("a");
    await world.report("a", [{ name: "openssl" }]);
    assert.equal(await trend.tick(), true);
    assert.equal(await pass({ minutes: 20 }), false, "too soon");
    await world.report("a", []);
    assert.equal(await pass({ minutes: 40 }), true);
    assert.deepEqual(await days(), [["2026-03-10", 0, 1, 0, 0]]);
    await world.report("a", [{ name: "openssl" }]);
    await pass({ hours: 11 });
    assert.deepEqual(await days(), [
      ["2026-03-10", 0, 1, 0, 0],
      ["2026-03-11", 1, 0, 1, 0],
    ]);
    assert.deepEqual(await days({ days: 1 }), [["2026-03-11", 1, 0, 1, 0]]);
  });

  it("no longer have a scope whose last machine went on that day", async () => {
    const id = await world.enrol("a", "/prod");
    await world.enrol("b", "/test");
    await trend.tick();
    await store.write((tx) => tx.machines.patch(id, { removedAt: clock.now() }));
    await pass({ hours: 1 });
    assert.deepEqual(
      (await store.read.dailyFigures.days({ scopes: ["/"], from: "2026-01-01", to: "2026-12-31" })).map(({ scope }) => scope),
      ["/test"],
    );
  });

  it("survive a clock that is set back, by hours, days or years, and go on when it is right again", async () => {
    await world.enrol("a");
    await world.report("a", [{ name: "openssl" }]);
    for (let day = 0; day < 5; day++) {
      await trend.tick();
      clock.advance({ days: 1 });
    }
    const before = await store.read.dailyFigures.days({ scopes: ["/"], from: "2000-01-01", to: "2100-01-01" });
    await world.enrol("b");
    for (const wrong of ["2026-03-12T23:59:00Z", "2026-03-10T12:05:00Z", "2026-03-14T12:11:00Z"]) {
      clock.setWallClock(wrong);
      await trend.tick();
      // Of the newest day the last count stays, whatever the clock says.
      const kept = (await store.read.dailyFigures.days({ scopes: ["/"], from: "2000-01-01", to: "2026-03-13" })).length;
      assert.equal(kept, before.length - 1, wrong);
    }
    const now = await store.read.dailyFigures.days({ scopes: ["/"], from: "2000-01-01", to: "2026-03-13" });
    assert.deepEqual(now, before.slice(0, -1));
    // Nothing is there of a day long ago: it is added, and the others stay.
    clock.setWallClock("2019-05-05T10:00:00Z");
    await trend.tick();
    clock.setWallClock("2026-03-15T10:00:00Z");
    await trend.tick();
    assert.deepEqual(
      (await store.read.dailyFigures.days({ scopes: ["/"], from: "2000-01-01", to: "2100-01-01" })).map(({ day }) => day),
      ["2019-05-05", "2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13", "2026-03-14", "2026-03-15"],
    );
  });

  it("survive a clock that is set ahead by years: nothing goes, and the days after it is right are added", async () => {
    await world.enrol("a");
    await trend.tick();
    clock.setWallClock("2031-01-01T00:00:00Z");
    await trend.tick();
    clock.setWallClock("2026-03-11T09:00:00Z");
    await trend.tick();
    assert.deepEqual(
      (await days()).map(([day]) => day),
      ["2026-03-10", "2026-03-11"],
    );
  });

  it(`are kept for ${TREND_DAYS} days`, async () => {
    await store.write(async (tx) => {
      for (let n = 0; n < TREND_DAYS + 5; n++) {
        const at = clock.now() - (TREND_DAYS + 5 - n) * 86_400_000;
        await tx.dailyFigures.put(new Date(at).toISOString().slice(0, 10), at, [{ scope: "/", compliance: {}, missing: {}, overdue: 0 }], 0);
      }
    });
    await world.enrol("a");
    await trend.tick();
    const kept = await store.read.dailyFigures.days({ scopes: ["/"], from: "2000-01-01", to: "2100-01-01" });
    assert.deepEqual([new Set(kept.map(({ day }) => day)).size, kept.at(-1)?.day], [TREND_DAYS, "2026-03-10"]);
  });
});
