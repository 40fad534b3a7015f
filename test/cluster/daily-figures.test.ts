import assert from "node:assert/strict";
import { openStore } from "../../engine/store/store.ts";
import { createStandingKeeper } from "../../engine/updates/fleet/standing-keeper.ts";
import { createTrend } from "../../engine/updates/fleet/trend.ts";
import { aMachine } from "../contract/rows.ts";
import { testClock } from "../support/clock.ts";
import { startPostgres } from "../support/postgres.ts";

const silent = { warn() {}, error() {} };

describe("engines that count how machines stand at the same moment", function () {
  this.timeout(60_000);

  it("store it once", async () => {
    await using postgres = await startPostgres();
    const url = await postgres.newDatabase();
    const clock = testClock("2026-03-10T12:00:00Z");
    const stores = [await openStore(url), await openStore(url), await openStore(url)];
    try {
      await stores[0]?.write((tx) => tx.machines.insert(aMachine({ id: "mch_1", name: "web-1" })));
      const trends = stores.map((store) => createTrend({ store, clock, log: silent, keeper: createStandingKeeper({ store, log: silent }) }));
      for (let hour = 0; hour < 3; hour++) {
        const stored = await Promise.all(trends.map((trend) => trend.tick()));
        assert.deepEqual(stored.filter(Boolean), [true]);
        clock.advance({ hours: 1 });
      }
    } finally {
      for (const store of stores) await store.stop();
    }
  });
});
