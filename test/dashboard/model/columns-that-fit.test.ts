import assert from "node:assert/strict";
import { columnsThatFit } from "../../../engine/dashboard/model/columns-that-fit.ts";

describe("columns of a table", () => {
  const COLUMNS = [
    { name: "a", width: "minmax(100px, 2fr)" },
    { name: "b", width: "50px", rank: 2 },
    { name: "c", width: "minmax(60.5px, 1fr)", rank: 3 },
    { name: "d", width: "50px", rank: 2 },
    { name: "e", width: "1fr", rank: 3 },
  ] as const;
  const WIDTHS: readonly (readonly [width: number, kept: string])[] = [
    [1_000, "abcde"],
    [321, "abcde"],
    [320, "abcd"],
    [308, "abd"],
    [220, "ab"],
    [40, "a"],
  ];
  for (const [width, kept] of WIDTHS)
    it(`of ${width} pixels are ${kept}: the last one of the highest rank leaves first`, () => {
      const names = columnsThatFit(COLUMNS, { width, gap: 10 }).map(({ name }) => name);
      assert.equal(names.join(""), kept);
    });
});
