import assert from "node:assert/strict";
import { occurrences, type Recurrence, type Schedule } from "../../engine/schedule.ts";
import { dates, list } from "./lists.ts";

const NEW_YEAR = "2025-12-31T23:59:59Z";
const utc = (recurrence: Recurrence, startAt?: string): Schedule => ({ recurrence, timeZone: "UTC", ...(startAt === undefined ? {} : { startAt }) });
const times = ["22:00"];

describe("a recurrence", () => {
  const table: [reason: string, schedule: Schedule, expected: string[]][] = [
    ["daily", utc({ frequency: "daily", times }), ["2026-01-01", "2026-01-02"]],
    ["every 3 days from the start", utc({ frequency: "daily", every: 3, times }, "2026-02-26"), ["2026-02-26", "2026-03-01", "2026-03-04"]],
    [
      "every 2 days without a start counts from 1 January 2000: 9,497 days later is odd, so 2 January 2026 runs",
      utc({ frequency: "daily", every: 2, times }),
      ["2026-01-02", "2026-01-04"],
    ],
    ["weekly on two days", utc({ frequency: "weekly", weekdays: ["thursday", "monday"], times }), ["2026-01-01", "2026-01-05", "2026-01-08"]],
    [
      "every 2 weeks: weeks begin on Monday, so the Sunday belongs to the week of the start (Wednesday)",
      utc({ frequency: "weekly", every: 2, weekdays: ["monday", "sunday"], times }, "2026-01-07"),
      ["2026-01-11", "2026-01-19", "2026-01-25", "2026-02-02"],
    ],
    ["monthly on the 31st runs where there is one", utc({ frequency: "monthly", days: [31], times }), ["2026-01-31", "2026-03-31", "2026-05-31"]],
    ["monthly on the last day runs always", utc({ frequency: "monthly", days: ["last"], times }), ["2026-01-31", "2026-02-28", "2026-03-31"]],
    ["the last day and the 31st are one day", utc({ frequency: "monthly", days: [31, "last"], times }), ["2026-01-31", "2026-02-28", "2026-03-31"]],
    ["every 3 months from the month of the start", utc({ frequency: "monthly", every: 3, days: [15], times }, "2026-02-20"), ["2026-05-15", "2026-08-15"]],
    [
      "second Tuesday",
      utc({ frequency: "monthly", weekdays: [{ nth: 2, weekday: "tuesday" }], times }),
      ["2026-01-13", "2026-02-10", "2026-03-10", "2026-04-14"],
    ],
    [
      "the Thursday after the second Tuesday isn't the second Thursday (8 January)",
      utc({ frequency: "monthly", weekdays: [{ nth: 2, weekday: "tuesday" }], offsetDays: 2, times }),
      ["2026-01-15", "2026-02-12", "2026-03-12", "2026-04-16"],
    ],
    ["last Friday", utc({ frequency: "monthly", weekdays: [{ nth: "last", weekday: "friday" }], times }), ["2026-01-30", "2026-02-27", "2026-03-27"]],
    ["fifth Monday", utc({ frequency: "monthly", weekdays: [{ nth: 5, weekday: "monday" }], times }), ["2026-03-30", "2026-06-29"]],
    ["the day before the first is in the month before", utc({ frequency: "monthly", days: [1], offsetDays: -1, times }), ["2026-01-31", "2026-02-28"]],
    [
      "31 days after the last: 31 December gives 31 January; 31 January gives 3 March; 28 February gives 31 March",
      utc({ frequency: "monthly", days: ["last"], offsetDays: 31, times }),
      ["2026-01-31", "2026-03-03", "2026-03-31", "2026-05-01"],
    ],
    [
      "31 days before the first of March is 29 January",
      utc({ frequency: "monthly", every: 12, days: [1], offsetDays: -31, times }, "2025-03-01"),
      ["2026-01-29"],
    ],
  ];
  for (const [reason, schedule, expected] of table) it(reason, () => assert.deepEqual(dates(schedule, NEW_YEAR, expected.length), expected));

  it("runs at each of its times, in their order, equal ones once", () => {
    assert.deepEqual(list(utc({ frequency: "daily", times: ["18:00", "06:30", "18:00"] }), NEW_YEAR, 3), [
      "2026-01-01T06:30+00:00",
      "2026-01-01T18:00+00:00",
      "2026-01-02T06:30+00:00",
    ]);
  });

  it("once: at a wall time of the zone or at an instant, and then never again", () => {
    const once = (at: string): Schedule => ({ recurrence: { frequency: "once", at }, timeZone: "Asia/Tokyo" });
    assert.deepEqual(list(once("2026-06-01T09:00"), NEW_YEAR, 5), ["2026-06-01T09:00+09:00"]);
    assert.deepEqual(list(once("2026-06-01T09:00Z"), NEW_YEAR, 5), ["2026-06-01T18:00+09:00"]);
    assert.deepEqual(list(once("2026-06-01T09:00"), "2026-06-01T00:00Z", 5), []);
  });

  it("hourly: elapsed hours from the start, whatever the minute", () => {
    assert.deepEqual(list(utc({ frequency: "hourly", every: 5 }, "2026-01-01T09:10"), NEW_YEAR, 3), [
      "2026-01-01T09:10+00:00",
      "2026-01-01T14:10+00:00",
      "2026-01-01T19:10+00:00",
    ]);
    assert.deepEqual(list(utc({ frequency: "hourly" }), "1999-12-31T22:30Z", 3), [
      "1999-12-31T23:00+00:00",
      "2000-01-01T00:00+00:00",
      "2000-01-01T01:00+00:00",
    ]);
  });
});

describe("the bounds of a schedule", () => {
  const daily: Schedule = { cron: "0 9 * * *", timeZone: "Europe/Berlin" };

  it("from is exclusive, startAt is inclusive, expiresAt is exclusive", () => {
    assert.deepEqual(list(daily, "2026-01-01T08:00Z", 1), ["2026-01-02T09:00+01:00"]);
    assert.deepEqual(list({ ...daily, startAt: "2026-01-05T08:00Z" }, "2026-01-01T00:00Z", 1), ["2026-01-05T09:00+01:00"]);
    assert.deepEqual(list({ ...daily, expiresAt: "2026-01-02T08:00Z" }, "2026-01-01T00:00Z", 9), ["2026-01-01T09:00+01:00"]);
  });

  it("bounds without an offset are wall times of the zone", () => {
    assert.deepEqual(list({ ...daily, startAt: "2026-01-05T09:00", expiresAt: "2026-01-06" }, "2026-01-01T00:00Z", 9), ["2026-01-05T09:00+01:00"]);
  });

  it("from may be an instant, a zoned time or the text of either", () => {
    for (const from of [
      Temporal.Instant.from("2026-01-01T08:00Z"),
      Temporal.ZonedDateTime.from("2026-01-01T17:00[Asia/Tokyo]"),
      "2026-01-01T10:00+02:00",
      "2026-01-01T17:00[Asia/Tokyo]",
    ])
      assert.deepEqual(list(daily, from, 1), ["2026-01-02T09:00+01:00"]);
    assert.throws(() => occurrences(daily, { from: "2026-01-01T08:00" }), { code: "SCHEDULE_INVALID" });
  });

  it("without a limit it goes on, and can be gone through again", () => {
    const all = occurrences(daily, { from: "2026-01-01T00:00Z" });
    for (let i = 0; i < 2; i++) {
      const [first] = all;
      assert.equal(first?.toString(), "2026-01-01T09:00:00+01:00[Europe/Berlin]");
    }
    assert.deepEqual([...occurrences(daily, { from: "2026-01-01T00:00Z", limit: 0 })], []);
    assert.throws(() => occurrences(daily, { from: "2026-01-01T00:00Z", limit: -1 }), { code: "SCHEDULE_INVALID" });
  });

  it("nothing is planned outside the years 1 to 9999, and asking there isn't an error", () => {
    assert.deepEqual(list(daily, "9999-12-31T00:00Z", 5), ["9999-12-31T09:00+01:00"]);
    assert.deepEqual(list(daily, "+275760-09-13T00:00Z", 5), []);
    assert.deepEqual(list({ recurrence: { frequency: "hourly" }, timeZone: "UTC" }, "9999-12-31T22:30Z", 5), ["9999-12-31T23:00+00:00"]);
    assert.equal(list(daily, "-271821-04-20T00:00Z", 1).length, 1);
  });
});
