import assert from "node:assert/strict";
import { stackLines } from "../../../engine/dashboard/model/job/stack-lines.ts";
import { axisAround, axisOf, barOf, ticksOf } from "../../../engine/dashboard/model/job/waterfall.ts";
import type { JournalEntry } from "../../../engine/protocol/http/jobs.ts";

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1) + seconds * 1_000).toISOString();
const call = (issued: number, settled: number | null, more: Partial<JournalEntry> = {}): JournalEntry => ({
  ...{ call: 1, op: "http.fetch", effect: "read", args: {}, settleOrder: 1 },
  issuedAt: at(issued),
  settledAt: settled === null ? null : at(settled),
  ...more,
});
const job = { createdAt: at(0), startedAt: at(0), endedAt: at(10) };
const now = Date.parse(at(10));

describe("dashboard: host calls on a time axis", () => {
  const axis = axisOf(job, now);

  it("lie from issue to outcome", () => {
    assert.deepEqual(barOf(call(2, 5), job, axis, now), { left: 20, width: 30, state: "settled", took: 3_000 });
  });

  it("without an outcome go on until now, or are lost at the end of the job", () => {
    const running = { ...job, endedAt: null };
    assert.deepEqual(barOf(call(5, null), running, axisOf(running, now), now), { left: 50, width: 50, state: "open", took: 5_000 });
    assert.equal(barOf(call(5, null), job, axis, now).state, "lost");
  });

  it("of another job, which this one goes on from, are marked and not on the axis", () => {
    const kept = call(-3_600, -3_599);
    assert.deepEqual(barOf(kept, job, axis, now), { left: 0, width: 0, state: "kept", took: 1_000 });
    assert.deepEqual(axisAround([kept, call(2, 4)], axis), { from: Date.parse(at(2)), to: Date.parse(at(4)) });
    assert.equal(axisAround([kept], axis), axis);
  });

  it("that sleep do so since their first attempt", () => {
    assert.equal(barOf(call(9, 9, { op: "sleep", args: { duration: "8s", from: Date.parse(at(1)) } }), job, axis, now).took, 8_000);
  });

  it("never leave the axis, whatever clocks did", () => {
    const { left, width } = barOf(call(20, 15), job, axis, now);
    assert.ok(left >= 0 && left + width <= 100 && width >= 0);
    assert.ok(axisOf({ ...job, endedAt: at(-5) }, now).to > axisOf(job, now).from);
  });

  it("have ticks at round lengths", () => {
    assert.deepEqual(
      ticksOf(axis, 6).map(({ at, left }) => [at, left]),
      [
        [0, 0],
        [2_000, 20],
        [4_000, 40],
        [6_000, 60],
        [8_000, 80],
        [10_000, 100],
      ],
    );
    assert.ok(ticksOf({ from: 0, to: 400 * 86_400_000 }, 6).length <= 7);
  });
});

describe("dashboard: a stack", () => {
  it("leads to places in the sources", () => {
    assert.deepEqual(stackLines("at run (parts/steps.ts:14:11)\nat <anonymous>"), [
      { before: "at run (", place: { file: "parts/steps.ts", line: 14, text: "parts/steps.ts:14:11" }, after: ")" },
      { before: "at <anonymous>", after: "" },
    ]);
    assert.equal(stackLines(`at ${"a".repeat(100_000)}.ts:1`)[0]?.place, undefined);
  });
});
