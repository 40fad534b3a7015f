import assert from "node:assert/strict";
import { addDays, beginOf, dayAt, daysOf, isDay, titleOf, turned } from "../../../engine/dashboard/model/days.ts";

describe("days of the calendar", () => {
  for (const [day, zone, begin] of [
    ["2026-11-27", "Asia/Kolkata", "2026-11-26T18:30:00.000Z"],
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00.000Z"],
    ["2024-04-26", "Africa/Cairo", "2024-04-25T22:00:00.000Z"], // clocks go from midnight to one
    ["2026-11-01", "America/Havana", "2026-11-01T04:00:00.000Z"], // midnight comes twice
  ] as const)
    it(`begins ${day} in ${zone} at ${begin}`, () => {
      assert.equal(new Date(beginOf(day, zone)).toISOString(), begin);
      assert.equal(dayAt(beginOf(day, zone), zone), day);
      assert.equal(dayAt(beginOf(day, zone) - 1, zone), addDays(day, -1));
    });

  it("has whole weeks from Monday on and months of their own length", () => {
    assert.deepEqual([daysOf("week", "2026-11-29")[0], daysOf("week", "2026-11-29").at(-1)], ["2026-11-23", "2026-11-29"]);
    assert.deepEqual([daysOf("month", "2028-02-10").length, daysOf("list", "2026-04-30").length], [29, 30]);
  });

  it("turns to the month or week before and after, also from a 31st", () => {
    assert.equal(turned("month", "2026-03-31", "earlier"), "2026-02-28");
    assert.equal(turned("month", "2026-12-31", "later"), "2027-01-01");
    assert.equal(turned("week", "2026-11-27", "later"), "2026-11-30");
  });

  it("names a week by its ends", () => {
    assert.equal(titleOf("week", "2026-11-27"), "23 to 29 November 2026");
    assert.equal(titleOf("week", "2026-12-01"), "30 November to 6 December 2026");
    assert.equal(titleOf("month", "2026-12-01"), "December 2026");
  });

  it("takes no day from an address that is none", () => {
    assert.deepEqual(["2026-02-28", "2026-02-30", "2026-2-3", "x", "", undefined].map(isDay), [true, false, false, false, false, false]);
  });
});
