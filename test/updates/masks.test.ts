import assert from "node:assert/strict";
import fc from "fast-check";
import { isInnerMask, maskSet, readMask } from "../../engine/core/mask.ts";

describe("masks", () => {
  for (const [mask, fits, others] of [
    ["openssl", ["openssl", "OpenSSL"], ["openssl3", "libopenssl", ""]],
    ["linux-*", ["linux-", "linux-image-amd64", "LINUX-x"], ["linux", "a-linux-b"]],
    ["*-dev", ["-dev", "libc6-dev"], ["dev", "libc6-dev-bin"]],
    ["*ssl*", ["ssl", "libssl3", "openSSL-dev"], ["sl", "s-s-l"]],
    ["linux-image-*-amd64", ["linux-image-6.1-amd64", "linux-image--amd64"], ["linux-image-amd64", "linux-image-6.1-arm64"]],
    ["a*b*c", ["abc", "a1b2c", "abbc"], ["ab", "acb", "abcd"]],
    ["*", ["", "anything"], []],
    ["**", ["", "anything"], []],
    ["KB50*", ["KB5034441", "kb50"], ["KB4", "5034441"]],
    ["a.b", ["a.b"], ["axb"]],
  ] as [string, string[], string[]][]) {
    it(`"${mask}" fits what it says, alone and among others`, () => {
      const set = maskSet(["nothing-else", mask, "zz*", "*zz", "q*q"]);
      for (const value of fits) assert.equal(set.find(value), mask, value);
      for (const value of others) assert.equal(set.find(value), undefined, value);
    });
  }

  it("are told apart: those that are looked up, and those that must be tried", () => {
    assert.deepEqual(["a", "*", "a*", "*a", "**", "a**", "*a*", "a*b", "a*b*", "*a*b"].filter(isInnerMask), ["*a*", "a*b", "a*b*", "*a*b"]);
  });

  it("say the same as a set and one by one", () => {
    const text = fc.stringMatching(/^[ab*]{0,6}$/);
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), fc.stringMatching(/^[abAB]{0,8}$/), (masks, value) => {
        const found = maskSet(masks).find(value);
        const expected = masks.filter((mask) => readMask(mask)(value.toLowerCase()));
        assert.equal(found !== undefined, expected.length > 0);
        if (found !== undefined) assert.ok(expected.includes(found));
      }),
    );
  });

  it("take no regular expression's time for what was made to need it", () => {
    const mask = `${"a*".repeat(120)}b`;
    assert.equal(readMask(mask)("a".repeat(250)), false);
    assert.equal(maskSet([mask]).find("a".repeat(250)), undefined);
  });

  it("are ten thousand, and compared with fifty thousand names of any length", () => {
    const masks = Array.from({ length: 10_000 }, (_, i) => [`lib${i}-*`, `*-plugin${i}`, `exact-${i}`, `${"p".repeat(1 + (i % 250))}*`][i % 4] as string);
    const set = maskSet([...masks, ...Array.from({ length: 200 }, (_, i) => `*${i}*${"a*".repeat(50)}b`)]);
    let found = 0;
    for (let i = 0; i < 50_000; i++) if (set.find(`${"a".repeat(200)}-${i % 2 === 0 ? `plugin${i}` : i}`) !== undefined) found += 1;
    // Each fourth number from 1 has a plugin of its own, and those are odd.
    assert.equal(found, 0);
    assert.equal(set.find(`${"a".repeat(240)}-plugin9997`), "*-plugin9997");
    assert.equal(set.find("p".repeat(255)), "pppp*");
  });
});
