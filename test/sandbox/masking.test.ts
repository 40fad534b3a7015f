import assert from "node:assert/strict";
import fc from "fast-check";
import { createMasker } from "../../engine/core/masking.ts";
import { createPrefixIndex } from "../../engine/core/prefix-index.ts";

const masking = (...values: string[]) => {
  const masker = createMasker();
  for (const [i, value] of values.entries()) masker.add(value, `secret:s${i}@1`);
  return masker;
};

describe("masking", () => {
  const secret = 'pa$$ "word"/+ü&x';
  const forms: Record<string, string> = {
    "as it is": secret,
    "inside a URL": encodeURIComponent(secret),
    "in a form": new URLSearchParams({ a: secret }).toString().slice(2),
    "as JSON": JSON.stringify(secret).slice(1, -1),
    "in base 64": Buffer.from(secret).toString("base64"),
    "in base 64 for URLs": Buffer.from(secret).toString("base64url"),
    "in hexadecimal": Buffer.from(secret).toString("hex"),
    "in upper-case hexadecimal": Buffer.from(secret).toString("hex").toUpperCase(),
  };
  for (const [how, form] of Object.entries(forms)) {
    it(`hides a value ${how}`, () => {
      const masked = masking(secret).mask(`before ${form} after ${form}`);
      assert.ok(!masked.includes(form), masked);
      assert.match(masked, /^before .*\*\*\*.* after .*\*\*\*/);
    });
  }

  it("hides a value inside a longer text in base 64, whatever comes before it", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40, unit: "binary-ascii" }),
        fc.string({ maxLength: 9 }),
        fc.string({ maxLength: 9 }),
        (value, before, after) => {
          fc.pre(value.trim().length >= 8);
          const masked = masking(value).mask(Buffer.from(`${before}${value}${after}`).toString("base64"));
          // No run of the value's bytes is left that could be read back: at most the ends, which share characters with their neighbours.
          assert.ok(!Buffer.from(masked.replaceAll("***", ""), "base64").toString("latin1").includes(value));
          assert.match(masked, /\*\*\*/);
        },
      ),
    );
  });

  it("goes through nested JSON, keys included", () => {
    assert.deepEqual(masking("hunter22").maskJson({ a: ["x hunter22", { hunter22: 1 }], n: 5, none: null }), { a: ["x ***", { "***": 1 }], n: 5, none: null });
  });

  it("puts labels in the place of values where arguments are shown", () => {
    assert.deepEqual(masking("hunter22", "hunter22-longer").labelJson(["--token=hunter22", "hunter22-longer"]), ["--token=secret:s0@1", "secret:s1@1"]);
  });

  it("hides each line of a value of several lines", () => {
    const key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEFAA\n-----END KEY-----\n";
    const masked = masking(key).mask("failed at line: kqhkiG9w0BAQEFAA");
    assert.equal(masked, "failed at line: ***");
  });

  it("hides values that overlap as a whole, and a longer one before a shorter one that it begins with", () => {
    assert.equal(masking("abcdef", "defghi").mask("1 abcdefghi 2"), "1 *** 2");
    assert.equal(masking("abcd", "abcdefgh").mask("abcdefgh abcdef"), "*** ***ef");
    assert.equal(masking("aaaa").mask("aaaaaaaaaa"), "***");
  });

  it("says which values a text or JSON shows, those that overlap each by itself", () => {
    const found = masking("abcdef", "defghi", "nothing", "4711").foundIn({ text: "x abcdefghi", n: 4711 });
    assert.deepEqual(
      found.map(({ value, label }) => [value, label]),
      [
        ["abcdef", "secret:s0@1"],
        ["defghi", "secret:s1@1"],
        ["4711", "secret:s3@1"],
      ],
    );
  });

  it("hides numbers that are a secret as a whole, and each text in a secret that is JSON", () => {
    assert.deepEqual(masking("123456").maskJson({ pin: 123456, other: 1234567, text: "pin 123456" }), { pin: "***", other: 1234567, text: "pin ***" });
    const json = JSON.stringify({ key: "first-text", list: ["second", { deep: "third-text" }], short: "abc" });
    assert.equal(masking(json).mask("first-text second third-text abc key"), "*** *** *** abc key");
  });

  it("finds the longest text at each place, as looking for each one does", () => {
    const word = fc.string({ minLength: 4, maxLength: 12, unit: fc.constantFrom("a", "b", "\uffff") });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.string({ maxLength: 60, unit: fc.constantFrom("a", "b", "\uffff", "x") }), (words, text) => {
        const index = createPrefixIndex<string>(4);
        for (const one of words) index.add(one, `of ${one}`);
        for (let at = 0; at < text.length; at++) {
          const longest = words.filter((one) => text.startsWith(one, at)).sort((a, b) => b.length - a.length)[0];
          assert.equal(index.longestAt(text, at)?.text, longest);
        }
      }),
    );
  });

  it("takes little time for many lines that begin alike, and for a text that does, too", () => {
    const masker = masking(Array.from({ length: 1_900 }, (_, i) => `${"a".repeat(300)}${i}`).join("\n"));
    const began = performance.now();
    masker.mask("a".repeat(200_000));
    assert.ok(performance.now() - began < 10_000);
  });

  it("leaves short values alone: they would tear holes into ordinary text", () => {
    assert.equal(masking("abc", "").mask("abc abcdef"), "abc abcdef");
  });

  it("isn't fooled by characters that mean something in patterns or replacements", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 30 }), (value) => {
        fc.pre(value.trim().length >= 4);
        assert.ok(!masking(value).mask(`<<${value}>>`).includes(value) || "***<<>>".includes(value));
      }),
    );
  });
});
