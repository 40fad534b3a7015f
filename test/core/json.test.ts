import assert from "node:assert/strict";
import fc from "fast-check";
import { holdsMoreValues, type Json } from "../../engine/core/json.ts";

/** Members of lists and objects, and the value itself. An empty list counts as one more: its bracket is all that is looked at. */
function countOf(value: Json): number {
  if (value === null || typeof value !== "object") return 1;
  const members: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  return members.length === 0 ? 2 : 1 + members.reduce<number>((sum, member) => sum + countOf(member), 0);
}

describe("the number of values in a JSON text", () => {
  it("is what the text holds, whatever strings and names look like", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue(), (one, other) => {
        const value = [one as Json, other as Json, ',[{"\\', { '[,"': 1 }];
        const count = countOf(value);
        const text = JSON.stringify(value);
        assert.equal(holdsMoreValues(text, count), false);
        // Fewer can't be in a text of this length: it isn't looked at.
        if (text.length > 2 * (count - 1)) assert.equal(holdsMoreValues(text, count - 1), true);
      }),
    );
  });

  it("is found in 2 MB of empty lists, and isn't in a string of the same length", () => {
    assert.equal(holdsMoreValues(`[${"[],".repeat(600_000)}1]`, 100_000), true);
    assert.equal(holdsMoreValues(JSON.stringify(["[],".repeat(600_000)]), 100_000), false);
  });
});
