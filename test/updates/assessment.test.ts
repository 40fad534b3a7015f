import assert from "node:assert/strict";
import type { ComplianceState } from "../../engine/core/update.ts";
import { complianceOf, countUpdates, type Evidence, missingOf } from "../../engine/updates/assessment.ts";

const DAY = 24 * 3_600_000;
const NOW = Date.UTC(2026, 5, 15);
const GOOD: Evidence = { receivedAt: NOW - 3_600_000, collectedAt: NOW - 3_600_000, listsUpdatedAt: NOW - DAY, missing: 0, installedCount: 500, problems: [] };

describe("whether a machine is compliant", () => {
  const cases: [string, Evidence | undefined, ComplianceState][] = [
    ["is proven by a recent report of recent lists without problems, in which nothing is missing", GOOD, "compliant"],
    ["isn't known of a machine that never reported", undefined, "notassessed"],
    ["is denied by anything missing", { ...GOOD, missing: 1 }, "noncompliant"],
    ["is denied by anything missing, whatever else went wrong", { ...GOOD, missing: 1, problems: ["apt-cache failed"], listsUpdatedAt: null }, "noncompliant"],
    ["isn't known when the report has problems", { ...GOOD, problems: ["apt-cache failed"] }, "notassessed"],
    ["isn't known when the report is empty", { ...GOOD, installedCount: 0 }, "notassessed"],
    ["isn't known any more when the last report is three days old", { ...GOOD, receivedAt: NOW - 3 * DAY }, "stale"],
    [
      "isn't known any more when the last report is three days old, also if something was missing then",
      { ...GOOD, receivedAt: NOW - 3 * DAY, missing: 4 },
      "stale",
    ],
    ["isn't known when the lists are older than a week", { ...GOOD, listsUpdatedAt: NOW - 8 * DAY }, "stale"],
    ["isn't known when the age of the lists isn't", { ...GOOD, listsUpdatedAt: null }, "stale"],
    ["doesn't depend on a machine's clock that is a year behind", { ...GOOD, collectedAt: NOW - 365 * DAY, listsUpdatedAt: NOW - 366 * DAY }, "compliant"],
    ["doesn't depend on a machine's clock that is a year ahead", { ...GOOD, collectedAt: NOW + 365 * DAY, listsUpdatedAt: NOW + 350 * DAY }, "stale"],
  ];
  for (const [what, evidence, expected] of cases) it(what, () => assert.equal(complianceOf(evidence, NOW), expected));

  it("ends by itself when time passes without a report", () => {
    assert.equal(complianceOf(GOOD, NOW + DAY), "compliant");
    assert.equal(complianceOf(GOOD, NOW + 2 * DAY), "stale");
  });
});

describe("the figures of missing updates", () => {
  const update = (classification: "security" | "other", more = {}) => ({ classification, held: false, phased: false, ...more });
  const updates = [update("security"), update("security", { held: true }), update("other"), update("other", { phased: true })];
  it("are by classification, with those held or phased named too", () =>
    assert.deepEqual(countUpdates(updates), { security: 2, other: 2, held: 1, phased: 1 }));
  it("count a held update as missing, and one that isn't offered yet as not", () => assert.equal(missingOf(countUpdates(updates)), 3));
  it("are nothing when nothing is missing", () => {
    assert.deepEqual(countUpdates([]), {});
    assert.equal(missingOf({}), 0);
  });
});
