import assert from "node:assert/strict";
import { join } from "node:path";
import { openSqlite } from "../../engine/store/sqlite/dialect.ts";
import { openStore } from "../../engine/store/store.ts";
import { createStandingKeeper } from "../../engine/updates/fleet/standing-keeper.ts";
import { createFleetViews } from "../../engine/updates/fleet/views.ts";
import { testClock } from "../support/clock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { worldOn } from "./policy-world.ts";

const MACHINES = 120;
const silent = { warn() {}, error() {} };

describe("a database in which an earlier version has written", function () {
  this.timeout(60_000);

  it("answers questions about the fleet with all machines, which are made up for first", async () => {
    await using directory = await temporaryDirectory();
    const address = `sqlite:${directory.path}`;
    const clock = testClock("2026-03-10T12:00:00Z");
    const before = await openStore(address);
    const world = worldOn(before, clock);
    for (let n = 0; n < MACHINES; n++) {
      await world.enrol(`web${n}`);
      await world.report(`web${n}`, n % 2 === 0 ? [{ name: "openssl" }, { name: "bash" }] : []);
    }
    await before.stop();

    // Some have no standing at all, some that of an earlier report.
    const dialect = openSqlite(join(directory.path, "runwright.db"));
    await dialect.writer.deleteFrom("standings").where("machineId", "like", "mch_web1%").execute();
    await dialect.writer.updateTable("standings").set({ assessmentId: "asm_before", figures: "" }).where("machineId", "like", "mch_web2%").execute();
    await dialect.stop();

    const store = await openStore(address);
    try {
      const keeper = createStandingKeeper({ store, log: silent });
      const views = createFleetViews({ store, clock, keeper });
      const { machines, updates } = await views.overview({ scopes: ["/"] });
      assert.deepEqual(
        [machines.total, machines.byCompliance, updates.missing],
        [MACHINES, { compliant: 60, noncompliant: 60, notassessed: 0, stale: 0 }, MACHINES],
      );
      assert.deepEqual(await store.read.standings.outdated(10), []);
    } finally {
      await store.stop();
    }
  });

  it("is made up for and tidied in the background, too", async () => {
    const store = await openStore("memory:");
    try {
      const clock = testClock("2026-03-10T12:00:00Z");
      const world = worldOn(store, clock);
      await world.enrol("web1");
      await world.report("web1", [{ name: "openssl" }, { name: "bash" }, { name: "curl" }]);
      await world.report("web1", []);
      const keeper = createStandingKeeper({ store, log: silent });
      await keeper.tick();
      const ids = Array.from({ length: 10 }, (_, i) => i + 1);
      assert.equal((await store.read.offers.many(ids)).length, 1);
      await keeper.stop();
    } finally {
      await store.stop();
    }
  });
});
