import assert from "node:assert/strict";
import type { ResourceRecord } from "../../engine/core/resource.ts";
import { type World, world } from "./world.ts";

const START = "2026-06-01T10:00:00Z";
const always = { timeZone: "UTC", reason: "closing of the books", periods: [{ from: "2026-05-01", to: "2026-07-01" }] };

describe("freezes", function () {
  this.timeout(30_000);
  let all: World;
  beforeEach(async () => {
    all = await world(START);
  });
  afterEach(() => all.stop());

  it("hold whatever their names are, also when authors further down add thousands", async () => {
    const past = { timeZone: "UTC", reason: "over", periods: [{ from: "2020-01-01", to: "2020-01-02" }] };
    const by = { revision: 1, createdAt: 0, createdBy: "mallory", updatedAt: 0, updatedBy: "mallory", authorId: "prn_m", author: "mallory" };
    const decoys = Array.from(
      { length: 2_000 },
      (_, i): ResourceRecord => ({ id: `frz_${i}`, kind: "Freeze", scope: "/team", name: `a${i}`, spec: past, ...by }),
    );
    await all.store.write(async (tx) => {
      for (const one of decoys) await tx.resources.insert(one, []);
    });
    await all.put("freezes", "year-end", always);
    await all.put("schedules", "s", { cron: "* * * * *", timeZone: "UTC", runs: [{ runbook: "greet" }] });
    await all.pass({ minutes: 1 });
    assert.deepEqual(
      (await all.rows()).map(({ status }) => status),
      ["frozen"],
    );
    await all.put("freezes", "year-end", { ...always, periods: [{ from: "2026-05-01", to: "2026-05-02" }] });
    await all.pass({ minutes: 1 });
    assert.equal((await all.rows()).at(-1)?.status, "started");
  });

  it("that recur each minute for a month are decided for a day of missed occurrences", async () => {
    await all.put("freezes", "heavy", { ...always, periods: Array.from({ length: 20 }, () => ({ cron: "* * * * *", duration: "31d" })) });
    await all.put("schedules", "s", { cron: "* * * * *", timeZone: "UTC", runs: [{ runbook: "greet" }] });
    assert.equal(await all.pass({ hours: 24 }), 1_440);
    assert.ok((await all.rows("&status=frozen")).length > 0);
  });
});
