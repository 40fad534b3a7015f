import assert from "node:assert/strict";
import { isOfScopes, trendOf } from "../../../engine/dashboard/model/trend.ts";

const NOW = Date.parse("2026-11-27T23:30:00Z");
const row = (day: string, { compliant = 0, security = 0, updates = 0, overdue = 0 } = {}) => ({
  day,
  machines: { compliant, noncompliant: 1, notassessed: 2, stale: 3 },
  missing: { critical: 0, security, updateRollup: 0, featurePack: 0, servicePack: 0, definition: 0, tools: 0, updates, other: 5 },
  overdue,
});

describe("the trend", () => {
  it("ends with today in UTC, whatever hour it is", () => {
    assert.deepEqual(trendOf([], 3, NOW).days, ["2026-11-25", "2026-11-26", "2026-11-27"]);
  });

  it("leaves a gap on days that nobody counted, which isn't zero", () => {
    const { machines } = trendOf([row("2026-11-25", { compliant: 7 }), row("2026-11-27")], 3, NOW);
    assert.deepEqual(machines.find(({ name }) => name === "compliant")?.values, [7, null, 0]);
  });

  it("puts all classes that are neither critical nor security together", () => {
    const { missing } = trendOf([row("2026-11-27", { security: 4, updates: 6, overdue: 2 })], 1, NOW);
    assert.deepEqual(
      missing.map(({ name, values }) => [name, values[0]]),
      [
        ["critical updates", 0],
        ["security updates", 4],
        ["other updates", 11],
        ["overdue", 2],
      ],
    );
  });

  it("passes over days before the first one", () => {
    const { machines, isEmpty } = trendOf([row("2026-01-01", { compliant: 9 })], 2, NOW);
    assert.deepEqual(machines[0]?.values, [null, null]);
    assert.equal(isEmpty, true);
  });

  const selectors: readonly (readonly [selector: string, narrows: boolean])[] = [
    ["", true],
    ["all", true],
    ["scope=/prod", true],
    ["scope=/prod scope!=/prod/db", true],
    ["scope=/prod tag:role=web", false],
    ["colour=red", false],
  ];
  for (const [selector, narrows] of selectors)
    it(`${narrows ? "is" : "isn't"} narrowed by ${JSON.stringify(selector)}`, () => assert.equal(isOfScopes(selector), narrows));
});
