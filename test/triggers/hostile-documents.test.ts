import assert from "node:assert/strict";
import { isSameJson } from "../../engine/core/json.ts";
import { firstUnmet, mappedParameters } from "../../engine/core/pointer.ts";
import { validateParameters } from "../../engine/protocol/parameters.ts";

const items = Array.from({ length: 9_000 }, (_, i) => ({ id: i, name: `item ${i}`, more: [1, { z: 1, a: 2 }] }));
const large = { body: { items } };

describe("documents of strangers", function () {
  // What they guard against took minutes.
  this.timeout(10_000);

  it("are compared with many values in no more than the time that those values take", () => {
    const values = Array.from({ length: 100 }, (_, i) => ({ body: { items: [i] } }));
    const conditions = Array.from({ length: 50 }, () => ({ at: "", in: [...values, large] }));
    assert.equal(firstUnmet(large, conditions), undefined);
    assert.match(firstUnmet(large, [{ at: "/body", in: [{}, 1, null, []] }]) ?? "", /is none of/);
  });

  for (const [wanted, value, same] of [
    [{ a: 1, b: [null, "x"] }, { b: [null, "x"], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{}, [], false],
    [[], {}, false],
    [{ toString: 1 }, {}, false],
    [JSON.parse('{"__proto__":{}}'), {}, false],
    [[1, [2]], [1, [2]], true],
    [[1], [1, 2], false],
    [null, {}, false],
    [0, "0", false],
    [0, -0, true],
  ] as const)
    it(`${JSON.stringify(wanted)} and ${JSON.stringify(value)} are ${same ? "" : "not "}the same`, () => assert.equal(isSameJson(wanted, value), same));

  it("are refused when a map makes too many parameters of them, before their text is made", () => {
    const map = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`p${i}`, ""]));
    const params = mappedParameters(large, map, {});
    assert.throws(() => validateParameters("r", { type: "object", additionalProperties: true }, params), { code: "TOO_LARGE" });
  });
});
