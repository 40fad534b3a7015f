import assert from "node:assert/strict";
import { entriesOf, lanesOf, markAfterKey, type Opening, rangeOf, shareOf, stateOf, statesIn } from "../../../engine/dashboard/model/calendar.ts";
import { daysOf } from "../../../engine/dashboard/model/days.ts";

const ZONE = "Europe/Berlin";
const NOW = Date.parse("2026-11-27T12:00:00Z");
const month = rangeOf(daysOf("month", "2026-11-27"), ZONE);

const opening = (opensAt: string, more: Partial<Opening> = {}): Opening => ({
  ...{ name: "nightly", scope: "/", occurrence: opensAt, opensAt, closesAt: new Date(Date.parse(opensAt) + 3 * 3_600_000).toISOString() },
  ...{ frozen: null, exception: null, deployment: null },
  ...more,
});
const skipped = { kind: "skipped", reason: "a fair", by: "ada" } as const;
const cancelled = { ...skipped, kind: "cancelled" } as const;
const halted = { id: "dpl_1", status: "halted" } as const;
const aborted = { id: "dpl_1", status: "aborted" } as const;

describe("what the calendar says of an occurrence", () => {
  const later = "2026-11-28T02:00:00Z";
  for (const [title, occurrence, state] of [
    ["that it is coming", opening(later), "coming"],
    ["that it is open", opening("2026-11-27T11:00:00Z"), "open"],
    ["that it is over and nothing was planned", opening("2026-11-20T02:00:00Z"), "past"],
    ["how its deployment stands", opening(later, { deployment: halted }), "halted"],
    ["that a freeze holds it back", opening(later, { frozen: "closing" }), "frozen"],
    ["that somebody skips it, whatever a freeze does", opening(later, { frozen: "closing", exception: skipped }), "skipped"],
    ["that it was cancelled, not that its deployment was aborted by that", opening(later, { exception: cancelled, deployment: aborted }), "cancelled"],
    ["how its deployment stands while what runs is let finish", opening(later, { exception: cancelled, deployment: halted }), "halted"],
  ] as const)
    it(title, () => assert.equal(stateOf(occurrence, NOW), state));

  it("names the gravest state first, and those of a range alone", () => {
    const windows = [
      opening("2026-11-28T02:00:00Z"),
      opening("2026-11-27T02:00:00Z", { deployment: halted }),
      opening("2026-10-20T02:00:00Z", { exception: skipped }),
    ];
    assert.deepEqual(statesIn({ windows, freezes: [] }, month, NOW), ["halted", "coming"]);
  });
});

describe("lanes of the calendar", () => {
  it("gives each window a lane by name, and each day of a month one sign at most: the gravest", () => {
    const windows = [
      opening("2026-11-05T22:00:00Z"),
      opening("2026-11-05T02:00:00Z", { deployment: halted }),
      opening("2026-11-05T06:00:00Z"),
      opening("2026-11-09T06:00:00Z", { name: "a-window" }),
      opening("2027-01-09T06:00:00Z", { name: "not-here" }),
    ];
    const lanes = lanesOf(windows, month, NOW, 1);
    assert.deepEqual(
      lanes.map(({ window, marks }) => [window, ...marks.map(({ day, state, count }) => `${day} ${state} ${count}`)]),
      [
        ["a-window", "2026-11-09 past 1"],
        ["nightly", "2026-11-05 halted 3"],
      ],
    );
  });

  it("puts a moment where it lies, each day of the same width, also one of 25 hours", () => {
    const week = rangeOf(daysOf("week", "2026-10-25"), ZONE);
    assert.equal(shareOf(Date.parse("2026-10-18T22:00:00Z"), week), 0);
    assert.equal(shareOf(Date.parse("2026-10-19T10:00:00Z"), week), 0.5 / 7);
    assert.equal(shareOf(Date.parse("2026-10-24T22:00:00Z") + 12.5 * 3_600_000, week), 6.5 / 7);
    assert.equal(shareOf(Date.parse("2026-11-30T00:00:00Z"), week), 1);
  });

  it("shows what began before the range at its beginning", () => {
    const [lane] = lanesOf([opening("2026-10-31T22:00:00Z")], month, NOW, 1);
    assert.deepEqual([lane?.marks[0]?.begin, lane?.marks[0]?.day], [0, "2026-11-01"]);
  });

  it("moves with arrow keys along a lane, and to the nearest sign of the next one that has any", () => {
    const lane = (...begins: number[]) => ({ marks: begins.map((begin) => ({ begin })) });
    const lanes = [lane(0.1, 0.5), lane(), lane(0.2, 0.45, 0.9)] as never;
    assert.deepEqual(markAfterKey("ArrowRight", lanes, { lane: 0, mark: 0 }), { lane: 0, mark: 1 });
    assert.deepEqual(markAfterKey("ArrowRight", lanes, { lane: 0, mark: 1 }), { lane: 0, mark: 1 });
    assert.deepEqual(markAfterKey("ArrowDown", lanes, { lane: 0, mark: 1 }), { lane: 2, mark: 1 });
    assert.deepEqual(markAfterKey("ArrowUp", lanes, { lane: 0, mark: 1 }), { lane: 0, mark: 1 });
    assert.deepEqual(markAfterKey("End", lanes, { lane: 2, mark: 0 }), { lane: 2, mark: 2 });
    assert.equal(markAfterKey("Enter", lanes, { lane: 0, mark: 0 }), undefined);
  });
});

it("lists a day's freezes before what opens with them, and what began before the range on its first day", () => {
  const freeze = { name: "closing", scope: "/", reason: "books", holds: ["deployments" as const], from: "2026-10-20T00:00:00Z", to: "2026-11-02T00:00:00Z" };
  const days = entriesOf({ windows: [opening("2026-11-03T00:00:00Z"), opening("2026-10-31T22:30:00Z")], freezes: [freeze] }, month, NOW);
  assert.deepEqual(
    days.map(({ day, entries }) => [day, ...entries.map(({ kind }) => kind)]),
    [
      ["2026-11-01", "freeze", "window"],
      ["2026-11-03", "window"],
    ],
  );
});
