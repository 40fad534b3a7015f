import assert from "node:assert/strict";
import { ageMatrix } from "../../../engine/dashboard/model/ages.ts";

const BY_AGE = [
  { upToDays: 7, count: 5, security: 2 },
  { upToDays: 30, count: 3, security: 3 },
  { upToDays: null, count: 1, security: 0 },
];

describe("missing updates by age", () => {
  it("names each age from the end of the one before", () => assert.deepEqual(ageMatrix(BY_AGE).ages, ["≤ 7 d", "8–30 d", "> 30 d"]));
  it("tells security apart from the others, and sums both", () => {
    assert.deepEqual(ageMatrix(BY_AGE).rows, [
      { name: "security", counts: [2, 3, 0], all: 5 },
      { name: "other", counts: [3, 0, 1], all: 4 },
      { name: "all", counts: [5, 3, 1], all: 9 },
    ]);
  });
});
