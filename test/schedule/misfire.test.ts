import assert from "node:assert/strict";
import fc from "fast-check";
import { type Decision, type Due, decide, ON_TIME_MS } from "../../engine/core/misfire.ts";
import type { MisfirePolicy } from "../../engine/core/trigger.ts";

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const due = (...minutesAgo: number[]): Due[] => minutesAgo.map((ago) => ({ at: NOW - ago * MINUTE, startAt: NOW - ago * MINUTE, frozen: null }));
const asked = (some: Due[], policy: Partial<MisfirePolicy>, more: { ahead?: number; frozenNow?: string | null } = {}): string[] =>
  decide(some, { policy: "once", graceMs: 60 * MINUTE, max: 10, ...policy }, { now: NOW, ahead: 0, frozenNow: null, ...more }).map(({ status }) => status);

describe("what becomes of occurrences whose time has come", () => {
  for (const [what, found, expected] of [
    ["one that is on time starts, whatever the policy", asked(due(0), { policy: "skip" }), ["start"]],
    ["one that is a little late has missed nothing", asked(due(ON_TIME_MS / MINUTE), { policy: "skip", graceMs: 0 }), ["start"]],
    ["skip lets go of what is late, and starts what is on time", asked(due(5, 0), { policy: "skip" }), ["missed", "start"]],
    ["once starts the newest for all within grace", asked(due(90, 50, 40), {}), ["missed", "merged", "start"]],
    ["once starts nothing beyond its grace", asked(due(90, 70), {}), ["missed", "missed"]],
    ["once merges what was missed into what is on time", asked(due(40, 0), {}), ["merged", "start"]],
    ["all starts the newest, at most max", asked(due(50, 40, 30), { policy: "all", max: 2 }), ["missed", "start", "start"]],
    ["all starts nothing beyond its grace", asked(due(90, 30), { policy: "all" }), ["missed", "start"]],
    ["further ones that are due as well are newer", asked(due(50, 40), {}, { ahead: 500 }), ["merged", "merged"]],
    ["a freeze at this moment holds back what was missed, too", asked(due(40, 0), {}, { frozenNow: "frozen" }), ["merged", "frozen"]],
  ] as const) {
    it(what, () => assert.deepEqual(found, expected));
  }

  it("a freeze at its time holds one back, and it isn't the newest that others are merged into", () => {
    const [first, second] = due(40, 30) as [Due, Due];
    const statuses = decide(
      [first, { ...second, frozen: "frozen" }],
      { policy: "once", graceMs: 60 * MINUTE, max: 1 },
      { now: NOW, ahead: 0, frozenNow: null },
    );
    assert.deepEqual(
      statuses.map(({ status, reason }) => [status, reason]),
      [
        ["start", "started 2400 s late (misfire policy once)"],
        ["frozen", "frozen"],
      ],
    );
  });

  it("each occurrence is decided once, in order; nothing starts in a freeze or beyond its grace; catch-up is bounded", () => {
    const policies = fc.record({
      policy: fc.constantFrom("skip", "once", "all"),
      graceMs: fc.integer({ min: 0, max: 200 * MINUTE }),
      max: fc.integer({ min: 1, max: 5 }),
    }) as fc.Arbitrary<MisfirePolicy>;
    const some = fc
      .array(fc.record({ ago: fc.integer({ min: 0, max: 300 * MINUTE }), frozen: fc.boolean() }), { maxLength: 30 })
      .map((list) =>
        list.toSorted((a, b) => b.ago - a.ago).map(({ ago, frozen }): Due => ({ at: NOW - ago, startAt: NOW - ago, frozen: frozen ? "frozen" : null })),
      );
    fc.assert(
      fc.property(some, policies, fc.boolean(), (given, policy, frozenNow) => {
        const decisions: Decision[] = decide(given, policy, { now: NOW, ahead: 0, frozenNow: frozenNow ? "now frozen" : null });
        assert.deepEqual(
          decisions.map(({ at }) => at),
          given.map(({ at }) => at),
        );
        const started = decisions.filter(({ status }) => status === "start");
        assert.ok(!frozenNow || started.length === 0);
        const late = started.filter(({ startAt }) => NOW - startAt > ON_TIME_MS);
        assert.ok(late.every(({ startAt }) => NOW - startAt <= policy.graceMs));
        assert.ok(late.length <= (policy.policy === "skip" ? 0 : policy.policy === "once" ? 1 : policy.max));
        assert.ok(decisions.every(({ status }, i) => (status === "frozen") === (given[i]?.frozen !== null || (frozenNow && status === "frozen"))));
        assert.ok(decisions.every(({ reason }) => reason !== ""));
      }),
    );
  });
});
