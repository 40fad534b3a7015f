import assert from "node:assert/strict";
import { type DateRule, datesOf } from "../../engine/core/schedule/dates.ts";
import { occurrences, type Schedule } from "../../engine/schedule.ts";

/** Months that are looked at for so many dates, or until there are no more. */
function monthsFor(rule: DateRule, count: number): { months: number; dates: number } {
  let months = 0;
  let dates = 0;
  const counted: DateRule = {
    ...rule,
    daysIn: (month) => {
      months++;
      return rule.daysIn(month);
    },
  };
  for (const _ of datesOf(counted, 0)) if (++dates === count) break;
  return { months, dates };
}

describe("looking for the next dates", () => {
  it("of a monthly rule looks at one month each: 10,000 months for 10,000 dates", () => {
    assert.deepEqual(monthsFor({ daysIn: () => [1], offsetDays: 0 }, 10_000), { months: 10_000, dates: 10_000 });
    assert.deepEqual(monthsFor({ daysIn: () => [31], offsetDays: 31 }, 10_000).dates, 10_000);
  });

  it("of a rule that names no day ends after 400 years", () => {
    assert.deepEqual(monthsFor({ daysIn: () => [], offsetDays: 0 }, 1), { months: 4_801, dates: 0 });
  });

  it("of one that ends with the year 9999 ends there", () => {
    assert.equal(monthsFor({ daysIn: ({ month }) => (month === 1 ? [1] : []), offsetDays: 0 }, 1e6).dates, 8_030);
  });
});

describe("10,000 occurrences of a monthly rule", () => {
  it("are there, the last one in September 2859", () => {
    const schedule: Schedule = { cron: "30 2 L * *", timeZone: "Europe/Berlin" };
    const all = [...occurrences(schedule, { from: "2026-05-31T12:00Z", limit: 10_000 })];
    assert.equal(all.length, 10_000);
    assert.equal(all.at(-1)?.toPlainDate().toString(), "2859-09-30");
  });
});

describe("a rule whose every time is left out by clock changes", () => {
  it("ends", () => {
    const schedule: Schedule = {
      recurrence: { frequency: "monthly", every: 12, weekdays: [{ nth: "last", weekday: "sunday" }], times: ["02:30"] },
      timeZone: "Europe/Berlin",
      startAt: "2026-03-01",
      dst: { gap: "skip" },
    };
    assert.deepEqual([...occurrences(schedule, { from: "2026-01-01T00:00Z", limit: 1 })], []);
  });
});
