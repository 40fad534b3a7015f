import assert from "node:assert/strict";
import { CLOCK_SLACK_MS, listsAge } from "../../engine/core/list-age.ts";
import { complianceOf, FRESHNESS } from "../../engine/updates/assessment.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-03-01T12:00:00Z");

describe("how old package lists are", () => {
  const cases: readonly [what: string, collected: number, updated: number | null, received: number, age: number][] = [
    ["an hour before the report", now, now - HOUR, now, HOUR],
    ["and what has passed since the report came", now - 2 * HOUR, now - 3 * HOUR, now - 2 * HOUR, 3 * HOUR],
    ["by a clock that is a day ahead, which cancels out", now + 24 * HOUR, now + 22 * HOUR, now, 2 * HOUR],
    ["by a clock that is years behind", now - 20_000 * HOUR, now - 20_001 * HOUR, now, HOUR],
    ["dated a little after the report, as clocks are set", now, now + CLOCK_SLACK_MS / 2, now, 0],
    ["dated long after the report: nobody knows", now, now + 24 * HOUR, now, Number.POSITIVE_INFINITY],
    ["dated for ever: nobody knows", now, Number.MAX_SAFE_INTEGER, now, Number.POSITIVE_INFINITY],
    ["never fetched", now, null, now, Number.POSITIVE_INFINITY],
    ["received by an engine whose clock was set back", now, now - HOUR, now + 5 * HOUR, HOUR],
  ];
  for (const [what, collectedAt, listsUpdatedAt, receivedAt, age] of cases)
    it(what, () => assert.equal(listsAge({ collectedAt, listsUpdatedAt, receivedAt }, now), age));

  it("never makes a machine compliant by a date in the future", () => {
    const evidence = { receivedAt: now, collectedAt: now, missing: 0, installedCount: 10, problems: [] };
    assert.equal(complianceOf({ ...evidence, listsUpdatedAt: now - HOUR }, now), "compliant");
    assert.equal(complianceOf({ ...evidence, listsUpdatedAt: now + 365 * 24 * HOUR }, now), "stale");
    assert.equal(complianceOf({ ...evidence, listsUpdatedAt: now - FRESHNESS.lists - 1 }, now), "stale");
  });
});
