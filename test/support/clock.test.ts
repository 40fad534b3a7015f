import assert from "node:assert/strict";
import { testClock } from "./clock.ts";

describe("a clock for tests", () => {
  it("stands still until it is advanced", () => {
    const clock = testClock("2026-03-01T00:00:00Z");
    assert.equal(clock.now(), Date.UTC(2026, 2, 1));
    clock.advance({ hours: 1, seconds: 2 });
    clock.advance(5);
    assert.equal(clock.now(), Date.UTC(2026, 2, 1, 1, 0, 2, 5));
    assert.equal(clock.monotonic(), 3_602_005);
  });

  it("sets the wall clock back without touching monotonic time", () => {
    const clock = testClock("2026-03-02T00:00:00Z");
    clock.advance({ minutes: 1 });
    clock.setWallClock("2026-03-01T00:00:00Z");
    assert.equal(clock.now(), Date.UTC(2026, 2, 1));
    assert.equal(clock.monotonic(), 60_000);
  });

  it("refuses to advance backwards", () => {
    assert.throws(() => testClock().advance({ seconds: -1 }), RangeError);
  });
});
