import assert from "node:assert/strict";
import { occurrences } from "../../engine/core/schedule/occurrences.ts";
import type { Schedule } from "../../engine/core/schedule/schedule.ts";
import { timelineOf } from "../../engine/core/schedule/timeline.ts";

const HOUR = 3_600_000;
const timeZone = "Europe/Berlin";
const RULES: Schedule[] = [
  { cron: "*/7 * * * *", timeZone },
  { cron: "* 1-3 * * *", timeZone },
  { cron: "30 2 * * *", timeZone, dst: { gap: "skip", repeat: "both" } },
  { cron: "* * 28 3 *", timeZone },
  { cron: "0 22 * * 5", timeZone, startAt: "2026-03-20T00:00", expiresAt: "2026-03-30T00:00" },
  { recurrence: { frequency: "hourly", every: 5 }, timeZone },
];
/** Forwards, backwards, twice the same, near and far, across the change of clocks on the 29th of March. */
const ASKED = [0, 1, 1, 3, 200, 40, 41, 60, 73.5, 73.51, 74, 75, 100, 30, 0.01, 500].map((hours) => Date.parse("2026-03-26T00:00:00Z") + hours * HOUR);

describe("a timeline", () => {
  for (const rule of RULES) {
    it(`finds the occurrences around a moment that going through all of ${JSON.stringify(rule.cron ?? rule.recurrence)} finds`, () => {
      for (const within of [60_000, 3 * HOUR, 31 * 24 * HOUR]) {
        const timeline = timelineOf(rule);
        for (const at of ASKED) {
          let last: number | null = null;
          let next: number | null = null;
          for (const { epochMilliseconds } of occurrences(rule, { from: Temporal.Instant.fromEpochMilliseconds(at - within) })) {
            if (epochMilliseconds > at) {
              next = epochMilliseconds;
              break;
            }
            last = epochMilliseconds;
          }
          const found = timeline.around(at, within);
          const inReach = found.last !== null && found.last > at - within ? found.last : null;
          assert.deepEqual({ last: inReach, next: found.next }, { last, next }, new Date(at).toISOString());
        }
      }
    });
  }
});
