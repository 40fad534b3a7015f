import assert from "node:assert/strict";
import { preview } from "../../engine/core/schedule/occurrences.ts";
import { occurrencesPerDay, offsetsOf } from "../../engine/core/schedule/per-day.ts";
import type { Schedule } from "../../engine/core/schedule/schedule.ts";

const DAY = 86_400_000;

/** The same, walked one by one. */
function walked(schedule: Schedule, first: number, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const { at } of preview(schedule, { from: Temporal.Instant.fromEpochMilliseconds(first).subtract({ nanoseconds: 1 }) })) {
    const day = Math.floor((at.epochMilliseconds - first) / DAY);
    if (day >= count) break;
    counts[day] = (counts[day] ?? 0) + 1;
  }
  return counts;
}

describe("occurrences of a schedule, counted by day", function () {
  this.timeout(120_000);

  // Clocks change in each of these spans: in Berlin, New York and on Lord Howe (by half an hour); at midnight in Havana and Beirut; in Casablanca for Ramadan.
  const ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Casablanca",
  ];
  const RULES: Record<string, object> = {
    "each quarter of an hour": { cron: "*/15 * * * *" },
    "at fixed times": { cron: "0,30 0,2,3,23 * * *" },
    "in the night, last if twice": { cron: "30 1 * * *", dst: { repeat: "last" } },
    "in the night, never in a gap": { cron: "15 0 * * *", dst: { gap: "skip", repeat: "both" } },
    "on work days": { cron: "0 9 * * 1-5" },
    "on the last Sunday": { cron: "30 2 * * 0L" },
    "each second week": { recurrence: { frequency: "weekly", every: 2, weekdays: ["sunday", "monday"], times: ["02:30", "23:59"] } },
    "two days before the month's end": { recurrence: { frequency: "monthly", days: ["last"], offsetDays: -2, times: ["00:00"] } },
    "each seven hours": { recurrence: { frequency: "hourly", every: 7 } },
    once: { recurrence: { frequency: "once", at: "2026-03-29T02:30" } },
    "between two moments": { cron: "0 * * * *", startAt: "2026-03-10T10:30", expiresAt: "2026-04-02T05:00" },
  };
  for (const [name, rule] of Object.entries(RULES))
    it(`${name} are as many as there are, in all zones and around all changes of clocks`, () => {
      for (const timeZone of ZONES) {
        const schedule = { ...rule, timeZone } as Schedule;
        for (const from of ["2026-02-10", "2026-03-20", "2026-10-15"]) {
          const first = Date.parse(from);
          assert.deepEqual(occurrencesPerDay(schedule, { first, count: 30 }, offsetsOf(timeZone)), walked(schedule, first, 30), `${timeZone} from ${from}`);
        }
      }
    });

  it("are reckoned, so that a rule of each minute costs no more than others", () => {
    let walks = 0;
    const offsets = offsetsOf("UTC");
    const counted = occurrencesPerDay({ cron: "* * * * *", timeZone: "UTC" }, { first: Date.UTC(2026, 0), count: 62 }, (day) => {
      walks++;
      return offsets(day);
    });
    assert.deepEqual([new Set(counted), walks], [new Set([1_440]), 62]);
  });

  it("of what isn't a schedule are refused", () => {
    assert.throws(() => occurrencesPerDay({ cron: "nonsense", timeZone: "UTC" }, { first: 0, count: 1 }, offsetsOf("UTC")), { code: "SCHEDULE_INVALID" });
  });
});
