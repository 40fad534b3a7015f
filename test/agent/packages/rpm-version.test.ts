import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { compareRpmVersions, formatRpmVersion, parseRpmVersion } from "../../../engine/core/versions/rpm.ts";
import { skip } from "../../support/skip.ts";

/** Oldest first; those of one row are equal. */
const ORDERED = [
  ["1.0~~"],
  ["1.0~rc1"],
  ["1.0~rc1^git1"],
  ["1.0", "0:1.0", "1..0", "01.00", "1_0"],
  ["1.0-0", "1.0-00"],
  ["1.0-1~rc1"],
  ["1.0-1", "1.0-01"],
  ["1.0-1^git1"],
  ["1.0-1.el9"],
  ["1.0-1.1"],
  ["1.0-10"],
  ["1.0^git1"],
  ["1.0a"],
  ["1.0.1"],
  ["1.0.12345678901234567890"],
  ["1.0.12345678901234567891"],
  ["2.0-1"],
  ["1:0.1"],
];

describe("versions of rpm packages", () => {
  it("come in an order", () => {
    for (const [i, row] of ORDERED.entries())
      for (const [j, other] of ORDERED.entries())
        for (const a of row) for (const b of other) assert.equal(Math.sign(compareRpmVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
  });

  it("are compared as rpm compares them", function () {
    this.timeout(60_000);
    const ask = (pairs: readonly (readonly [string, string])[]): number[] | undefined => {
      const lua = pairs.map(([a, b]) => `print(rpm.vercmp("${a}","${b}").." ")`).join(";");
      const { status, stdout } = spawnSync("rpm", ["--eval", `%{lua:${lua}}`], { encoding: "utf8" });
      return status === 0 ? stdout.trim().split(/\s+/).map(Number) : undefined;
    };
    if (ask([["1", "1"]]) === undefined) {
      skip(this, "rpm isn't here to compare with");
    }
    const word = (characters: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength });
    const version = fc
      .tuple(fc.option(fc.constantFrom("0", "1", "2"), { nil: "" }), word("0129abZ.~^_+", 8), fc.option(word("019a.~^", 3), { nil: "" }))
      .map(([epoch, version, release]) => `${epoch && `${epoch}:`}${version}${release && `-${release}`}`);
    const longer = fc.tuple(version, word("0~^.a", 2)).map(([one, more]) => [one, one + more] as const);
    const pairs = [
      ...fc.sample(fc.oneof({ weight: 3, arbitrary: fc.tuple(version, version) }, { weight: 1, arbitrary: longer }), 2_000),
      ...ORDERED.flat().flatMap((a) => ORDERED.flat().map((b) => [a, b] as const)),
    ];
    const expected = ask(pairs) ?? [];
    assert.equal(expected.length, pairs.length);
    for (const [index, [a, b]] of pairs.entries()) assert.equal(Math.sign(compareRpmVersions(a, b)), expected[index], `${a} and ${b}`);
  });

  it("are compared when they are no versions at all", () => {
    for (const text of ["", "::", "-", "--", "☃", "1:2:3", "\u001b[31m", `${"9".repeat(400)}:1`, "1-".repeat(30_000)])
      assert.equal(compareRpmVersions(text, text), 0, text.slice(0, 20));
  });

  it("are the same when they are taken apart and put together again", () => {
    for (const text of ["1.0-1", "2:1.0-1.el9", "1.0"]) assert.equal(formatRpmVersion(parseRpmVersion(text)), text);
    assert.equal(formatRpmVersion(parseRpmVersion("0:1.0-1")), "1.0-1");
  });
});
