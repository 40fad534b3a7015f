import assert from "node:assert/strict";
import { dates, list } from "./lists.ts";

/** 2026 begins on a Thursday; 1 February, 1 March and 1 November are Sundays, 1 August is a Saturday. */
const NEW_YEAR = "2025-12-31T23:59:59Z";
const cron = (expression: string) => ({ cron: expression, timeZone: "UTC" });

describe("a cron expression", () => {
  const byDate: [reason: string, expression: string, expected: string[]][] = [
    ["L is the last day, 28 February included", "0 9 L * *", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]],
    ["L is 29 February in a leap year", "0 9 L 2 *", ["2026-02-28", "2027-02-28", "2028-02-29"]],
    ["L-2 is two days before the last", "0 9 L-2 * *", ["2026-01-29", "2026-02-26", "2026-03-29"]],
    ["L-30 exists in months of 31 days only", "0 9 L-30 * *", ["2026-01-01", "2026-03-01", "2026-05-01"]],
    ["15W stays on a Thursday", "0 9 15W 1 *", ["2026-01-15"]],
    ["15W of a Sunday is Monday 16, of a Saturday is Friday 14", "0 9 15W 2,8 *", ["2026-02-16", "2026-08-14"]],
    ["1W doesn't leave its month: a Sunday gives 2, a Saturday gives 3", "0 9 1W 2,8 *", ["2026-02-02", "2026-08-03"]],
    ["31W doesn't leave its month: Saturday 31 January gives 30, Sunday 31 May gives 29", "0 9 31W 1,5 *", ["2026-01-30", "2026-05-29"]],
    ["31W doesn't run in a month without a 31st", "0 9 31W * *", ["2026-01-30", "2026-03-31", "2026-05-29"]],
    ["LW is the last working day", "0 9 LW * *", ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29"]],
    ["L-1W is the working day nearest to the last but one: Saturday 30 May gives 29", "0 9 L-1W 5 *", ["2026-05-29"]],
    ["L, W and plain days share a list", "0 9 1,15W,L 2 *", ["2026-02-01", "2026-02-16", "2026-02-28"]],
    ["5#3 is the third Friday", "0 9 * * 5#3", ["2026-01-16", "2026-02-20", "2026-03-20"]],
    ["TUE#2 is Patch Tuesday", "0 9 ? * TUE#2", ["2026-01-13", "2026-02-10", "2026-03-10"]],
    ["1#5 runs in months with five Mondays only", "0 9 * * 1#5", ["2026-03-30", "2026-06-29", "2026-08-31", "2026-11-30"]],
    ["FRIL is the last Friday", "0 9 * * FRIL", ["2026-01-30", "2026-02-27", "2026-03-27"]],
    ["# in a list", "0 9 * * 1#1,3L", ["2026-01-05", "2026-01-28", "2026-02-02", "2026-02-25"]],
    ["7 is Sunday, as 0 is", "0 9 * * 7", ["2026-01-04", "2026-01-11"]],
    ["SAT-SUN ends with the week", "0 9 * * SAT-SUN", ["2026-01-03", "2026-01-04", "2026-01-10"]],
    ["names in any case, ranges with steps", "0 9 * jan,JUL Mon-fri/2", ["2026-01-02", "2026-01-05", "2026-01-07", "2026-01-09"]],
    ["both days restricted: or (Vixie)", "0 0 13 * 5", ["2026-01-02", "2026-01-09", "2026-01-13", "2026-01-16"]],
    ["day of month begins with *: and (odd Mondays)", "0 0 */2 * 1", ["2026-01-05", "2026-01-19", "2026-02-09", "2026-02-23"]],
    [
      "day of week begins with *: and (a 13th that is Sunday, Tuesday, Thursday, Saturday)",
      "0 0 13 * */2",
      ["2026-01-13", "2026-06-13", "2026-08-13", "2026-09-13"],
    ],
    ["? restricts nothing", "0 0 13 * ?", ["2026-01-13", "2026-02-13"]],
    ["the 31st runs in months that have one", "0 0 31 * *", ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]],
    ["29 February comes in leap years", "0 0 29 2 *", ["2028-02-29", "2032-02-29"]],
    [
      "29 February on a Sunday: 28 years apart, 40 across 2100, which is no leap year",
      "0 0 29 2 */7",
      ["2032-02-29", "2060-02-29", "2088-02-29", "2128-02-29"],
    ],
    ["@weekly is Sunday midnight", "@weekly", ["2026-01-04", "2026-01-11"]],
    ["@monthly is the first", "@monthly", ["2026-01-01", "2026-02-01"]],
    ["@yearly is 1 January", "@yearly", ["2026-01-01", "2027-01-01"]],
  ];
  for (const [reason, expression, expected] of byDate) {
    it(`${expression}: ${reason}`, () => assert.deepEqual(dates(cron(expression), NEW_YEAR, expected.length), expected));
  }

  const byTime: [reason: string, expression: string, expected: string[]][] = [
    ["@daily is midnight", "@daily", ["2026-01-01T00:00", "2026-01-02T00:00"]],
    ["@hourly is each full hour", "@hourly", ["2026-01-01T00:00", "2026-01-01T01:00"]],
    ["six fields begin with seconds", "30 0 9 1 * *", ["2026-01-01T09:00:30", "2026-02-01T09:00:30"]],
    ["lists may overlap", "5-7,6 0 1 1 *", ["2026-01-01T00:05", "2026-01-01T00:06", "2026-01-01T00:07", "2027-01-01T00:05"]],
    ["a step from a number goes to the end of the field", "5/25 0 * * *", ["2026-01-01T00:05", "2026-01-01T00:30", "2026-01-01T00:55", "2026-01-02T00:05"]],
    ["a step in a range", "0 8-18/5 * * *", ["2026-01-01T08:00", "2026-01-01T13:00", "2026-01-01T18:00", "2026-01-02T08:00"]],
    ["spaces don't count", "  0   9  *   * * ", ["2026-01-01T09:00"]],
  ];
  for (const [reason, expression, expected] of byTime) {
    it(`${expression}: ${reason}`, () =>
      assert.deepEqual(
        list(cron(expression), NEW_YEAR, expected.length),
        expected.map((text) => `${text}+00:00`),
      ));
  }
});
