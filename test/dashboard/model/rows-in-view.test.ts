import assert from "node:assert/strict";
import { rowsInView, rowsMovedBy } from "../../../engine/dashboard/model/rows-in-view.ts";

describe("dashboard: rows in view", () => {
  it("are those of which a pixel is seen, and more are drawn than are seen", () => {
    const scrolled = { count: 1_000, rowHeight: 32, top: 3_210, height: 320 };
    assert.deepEqual(rowsInView({ ...scrolled, beyond: 0 }), { first: 100, end: 111 });
    assert.deepEqual(rowsInView(scrolled), { first: 88, end: 123 });
    assert.deepEqual(rowsInView({ ...scrolled, count: 105 }), { first: 88, end: 105 });
  });

  const before = [..."abcdefgh"];
  const view = { first: 2, end: 5 };
  for (const [what, now, by] of [
    ["rows that come above them", "xyabcdefgh", 2],
    ["rows that go above them", "bcdefgh", -1],
    ["what changes below them", "abcdexfh", 0],
    ["one that moves to the top, and leaves the others where they are", "cabdefgh", 0],
    ["one that goes from among them", "abcefgh", 0],
    ["another list", "uvw", 0],
  ] as const)
    it(`are moved by ${by} by ${what}`, () => assert.equal(rowsMovedBy(before, view, [...now]), by));

  it("that never were can't be moved", () => assert.equal(rowsMovedBy([], { first: 0, end: 0 }, [...before]), 0));
});
