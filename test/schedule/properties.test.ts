import assert from "node:assert/strict";
import { CronExpressionParser } from "cron-parser";
import fc from "fast-check";
import { type DstPolicy, occurrences, preview, type Recurrence, type Schedule } from "../../engine/schedule.ts";

const RUNS = process.env.RUNWRIGHT_TEST_LONG === "1" ? 1_000 : 150;

/** Zones with whole and half hours, midnight changes, a left-out day, changes four times a year, and none; each with a moment before a change. */
const CHANGES: readonly [timeZone: string, instant: string][] = [
  ["Europe/Berlin", "2026-03-29T01:00Z"],
  ["Europe/Berlin", "2026-10-25T01:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z"],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z"],
  ["America/Sao_Paulo", "2018-11-04T03:00Z"],
  ["America/Sao_Paulo", "2018-02-18T02:00Z"],
  ["Africa/Cairo", "2026-04-23T22:00Z"],
  ["America/Havana", "2026-11-01T05:00Z"],
  ["Africa/Casablanca", "2026-02-15T02:00Z"],
  ["Pacific/Apia", "2011-12-30T10:00Z"],
  ["America/Toronto", "1919-03-31T04:30Z"],
  ["UTC", "2026-06-01T00:00Z"],
];

const fields = fc.record({
  minute: fc.constantFrom("0", "30", "5,45", "*/15", "*/7", "10-20/5", "59"),
  hour: fc.constantFrom("0", "1", "2", "*", "*/2", "0-3", "23,0,2", "8-20/4"),
  dayOfMonth: fc.constantFrom("*", "*", "*", "L", "LW", "1,15,30", "28-31", "*/2", "15W"),
  month: fc.constantFrom("*", "*", "*/2", "2,4,10", "MAR,OCT"),
  dayOfWeek: fc.constantFrom("*", "*", "*", "0", "MON-FRI", "SUNL", "5#2", "*/2"),
});
const cron = fields.map(({ minute, hour, dayOfMonth, month, dayOfWeek }) => `${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek}`);
const times = fc.uniqueArray(fc.constantFrom("00:00", "00:30", "01:45", "02:15", "02:30", "03:30", "23:30"), { minLength: 1, maxLength: 4 });
const every = fc.integer({ min: 1, max: 5 });
const recurrence: fc.Arbitrary<Recurrence> = fc.oneof(
  fc.record({ frequency: fc.constant("daily" as const), every, times }),
  fc.record({ frequency: fc.constant("weekly" as const), every, times, weekdays: fc.constant(["saturday", "sunday", "wednesday"] as const) }),
  fc.record({
    frequency: fc.constant("monthly" as const),
    every,
    times,
    days: fc.constantFrom<("last" | number)[]>([1, 29, "last"], [31]),
    offsetDays: fc.integer({ min: -31, max: 31 }),
  }),
  fc.record({
    frequency: fc.constant("monthly" as const),
    every,
    times,
    weekdays: fc.constant([{ nth: "last" as const, weekday: "sunday" as const }]),
    offsetDays: fc.integer({ min: -31, max: 31 }),
  }),
  fc.record({ frequency: fc.constant("hourly" as const), every }),
);
const dst: fc.Arbitrary<Required<DstPolicy>> = fc.record({
  gap: fc.constantFrom("shift" as const, "skip" as const),
  repeat: fc.constantFrom("first" as const, "last" as const, "both" as const),
});
const change = fc.constantFrom(...CHANGES);
/** A schedule and a moment up to two days from a change of its zone's clocks, seconds included. */
const scene = fc
  .record({ change, rule: fc.oneof(cron, recurrence), dst, seconds: fc.integer({ min: -172_800, max: 172_800 }) })
  .map(({ change: [timeZone, instant], rule, dst, seconds }) => ({
    schedule: (typeof rule === "string" ? { cron: rule, timeZone, dst } : { recurrence: rule, timeZone, dst }) as Schedule,
    from: Temporal.Instant.from(instant).add({ seconds }),
  }));

const texts = (items: Iterable<Temporal.ZonedDateTime>) => Array.from(items, String);
const check = (property: fc.IProperty<any>) => fc.assert(property, { numRuns: RUNS });

describe("whatever the rule, the zone and the moment, occurrences", () => {
  it("ascend, each once, strictly after from", () => {
    check(
      fc.property(scene, ({ schedule, from }) => {
        let before = from;
        for (const at of occurrences(schedule, { from, limit: 40 })) {
          assert.ok(Temporal.Instant.compare(at.toInstant(), before) > 0, `${at} after ${before}`);
          before = at.toInstant();
        }
      }),
    );
  });

  it("are the same when asked for from any moment in between", () => {
    check(
      fc.property(scene, fc.nat(24), fc.integer({ min: 0, max: 7_200 }), ({ schedule, from }, index, seconds) => {
        const all = [...occurrences(schedule, { from, limit: 25 })];
        const split = all[Math.min(index, all.length - 1)]?.toInstant().add({ seconds }) ?? from;
        const rest = all.filter((at) => Temporal.Instant.compare(at.toInstant(), split) > 0);
        assert.deepEqual(texts(occurrences(schedule, { from: split, limit: rest.length })), rest.map(String));
      }),
    );
  });

  it("say how they came to be: planned is the wall time unless shifted, and the notes of a repeat are its offsets", () => {
    check(
      fc.property(scene, ({ schedule, from }) => {
        for (const { at, planned, dst } of preview(schedule, { from, limit: 25 })) {
          const wallTime = at.toPlainDateTime();
          assert.equal(planned.equals(wallTime), dst !== "shifted", `${at} ${planned} ${dst}`);
          const [first, second] = (["earlier", "later"] as const).map((disambiguation) => wallTime.toZonedDateTime(at.timeZoneId, { disambiguation }));
          if (dst === "first") assert.ok(first?.equals(at) && !second?.equals(at));
          if (dst === "second") assert.ok(second?.equals(at) && !first?.equals(at));
          if (dst === "none") assert.ok(first?.equals(second ?? at));
        }
      }),
    );
  });

  it("of cron match its fields on the clock: each minute of four days is looked at", () => {
    check(
      fc.property(change, fields, dst, ([timeZone, instant], given, policy) => {
        const expression = `${given.minute} ${given.hour} * ${given.month} *`;
        const { start, end, clocks } = minutesAround(timeZone, instant);
        const matching = clocks.filter((at) => matches(given.minute, at.minute, 0) && matches(given.hour, at.hour, 0) && matchesMonth(given.month, at.month));
        const isInterval = /[*/]/.test(given.minute + given.hour);
        // Those of a repeat share their wall time; an interval runs in all of them.
        const wallTimes = matching.map((at) => at.toPlainDateTime().toString());
        const twins = Map.groupBy(wallTimes.keys(), (i) => wallTimes[i] ?? "");
        const wanted = matching.filter((_, i) => {
          const index = twins.get(wallTimes[i] ?? "")?.find((j) => j !== i) ?? -1;
          if (index < 0 || isInterval || policy.repeat === "both") return true;
          return policy.repeat === "first" ? index > i : index < i;
        });
        const found = [...preview({ cron: expression, timeZone, dst: policy, expiresAt: end }, { from: start.subtract({ nanoseconds: 1 }) })];
        const unshifted = found.filter((occurrence) => occurrence.dst !== "shifted");
        assert.deepEqual(texts(unshifted.map(({ at }) => at)), wanted.map(String), `${expression} ${timeZone}`);
        if (isInterval || policy.gap === "skip") assert.equal(found.length, unshifted.length);
        for (const { planned } of found) assert.ok(matches(given.minute, planned.minute, 0) && matches(given.hour, planned.hour, 0));
      }),
    );
  });

  it("equal those of cron-parser in UTC, for expressions that both know", () => {
    const both = fields
      .map((given) => ({ ...given, dayOfMonth: /W|L/.test(given.dayOfMonth) ? "*" : given.dayOfMonth }))
      // Vixie's *and* is what cron-parser lacks.
      .filter(({ dayOfMonth, dayOfWeek }) => dayOfMonth === "*" || dayOfWeek === "*" || !(dayOfMonth + dayOfWeek).includes("*"))
      .map(({ minute, hour, dayOfMonth, month, dayOfWeek }) => `${minute} ${hour} ${dayOfMonth} ${month} ${dayOfWeek.replace("SUNL", "0L")}`);
    check(
      fc.property(both, fc.integer({ min: 0, max: 4_000_000_000 }), (expression, seconds) => {
        const from = Temporal.Instant.fromEpochMilliseconds(seconds * 1_000);
        const theirs = CronExpressionParser.parse(expression, { currentDate: new Date(seconds * 1_000), tz: "UTC" });
        const ours = [...occurrences({ cron: expression, timeZone: "UTC" }, { from, limit: 12 })];
        assert.deepEqual(
          ours.map((at) => at.epochMilliseconds),
          ours.map(() => theirs.next().getTime()),
          `${expression} from ${from}`,
        );
      }),
    );
  });
});

interface Minutes {
  start: Temporal.Instant;
  end: Temporal.Instant;
  clocks: Temporal.ZonedDateTime[];
}
const minutes = new Map<string, Minutes>();

/** Each minute of the two days before an instant and the two days after it. */
function minutesAround(timeZone: string, instant: string): Minutes {
  const known = minutes.get(timeZone + instant);
  if (known !== undefined) return known;
  const start = Temporal.Instant.from(instant).subtract({ hours: 48 }).round("minute");
  const clocks = Array.from({ length: 96 * 60 }, (_, i) => start.add({ minutes: i }).toZonedDateTimeISO(timeZone));
  const made = { start, end: start.add({ hours: 96 }), clocks };
  minutes.set(timeZone + instant, made);
  return made;
}

/** Read here once more and in another way, so that one mistake isn't in both. */
function matches(text: string, value: number, min: number): boolean {
  return text.split(",").some((item) => {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to = item.includes("/") ? "99" : from] = range === "*" ? [String(min), "99"] : range.split("-");
    return value >= Number(from) && value <= Number(to) && (value - Number(from)) % Number(step) === 0;
  });
}

const matchesMonth = (text: string, value: number): boolean => matches(text.replace("MAR", "3").replace("OCT", "10"), value, 1);
