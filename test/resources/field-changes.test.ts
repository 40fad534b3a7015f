import assert from "node:assert/strict";
import fc from "fast-check";
import { fieldChanges } from "../../engine/core/document.ts";
import { atPointer } from "../../engine/core/pointer.ts";

describe("the members that differ between two documents", () => {
  for (const [what, before, after, expected] of [
    ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ["the order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
    ["a value", { a: { b: 1 } }, { a: { b: 2 } }, [{ path: "/a/b", before: 1, after: 2 }]],
    ["a new member", {}, { a: null }, [{ path: "/a", after: null }]],
    ["one that is gone", { "a/b": 1 }, {}, [{ path: "/a~1b", before: 1 }]],
    [
      "an item",
      { a: [1, 2] },
      { a: [1, 3, 4] },
      [
        { path: "/a/1", before: 2, after: 3 },
        { path: "/a/2", after: 4 },
      ],
    ],
    ["a list that becomes a map", { a: [] }, { a: {} }, [{ path: "/a", before: [], after: {} }]],
    ["a member that every object has", {}, { constructor: 1 }, [{ path: "/constructor", after: 1 }]],
  ] as const)
    it(`are told for ${what}`, () => assert.deepEqual(fieldChanges(before, after), expected));

  it("are told as a whole when there are very many", () => {
    const many = (value: number) => Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, value]));
    assert.deepEqual(fieldChanges(many(1), many(2)), [{ path: "", before: many(1), after: many(2) }]);
  });

  it("lead to what they say, in both documents", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (before, after) => {
        for (const one of fieldChanges(before, after)) {
          assert.deepEqual(atPointer(before as never, one.path), one.before);
          assert.deepEqual(atPointer(after as never, one.path), one.after);
        }
      }),
    );
  });

  it("take no longer than the documents are large, however deep they nest", () => {
    const nested = (end: number) => {
      let value: object = { end };
      for (let i = 0; i < 450; i++) value = { inner: value, ballast: "x".repeat(2_000) };
      return value;
    };
    assert.equal(fieldChanges(nested(1), nested(2)).length, 1);
  });
});
