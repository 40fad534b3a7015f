import assert from "node:assert/strict";
import fc from "fast-check";
import { yamlOf } from "../../../engine/cli/resources/export-files.ts";
import { readYaml } from "../../../engine/cli/resources/yaml.ts";

const told = (text: string) => readYaml(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
const values = (text: string) => readYaml(text).documents.map((one) => one.value);

describe("YAML of documents", () => {
  it("is YAML 1.2 with its core schema: what looks like something else is a text", () => {
    assert.deepEqual(values("a: yes\nb: on\nc: 2026-01-01\nd: 0o17\ne: 017\nf: ~\ng: true\nh: 1e3\n'8': x\n9: y\n<<: z\n"), [
      { a: "yes", b: "on", c: "2026-01-01", d: 15, e: 17, f: null, g: true, h: 1000, "8": "x", "9": "y", "<<": "z" },
    ]);
    assert.deepEqual(values("%YAML 1.1\n---\na: yes\n"), [{ a: "yes" }]);
  });

  it("has several documents in a text, and empty ones count for nothing", () => {
    assert.deepEqual(values("---\n# nothing\n---\na: 1\n---\nb: 2\n...\n"), [{ a: 1 }, { b: 2 }]);
    assert.deepEqual([values(""), values("# only a comment\n")], [[], []]);
    assert.deepEqual(values("\ufeffa: 1\r\nb: 2\r\n"), [{ a: 1, b: 2 }]);
  });

  for (const [what, text, expected] of [
    ["a key that is there twice", "a: 1\na: 2\n", /^2:1 this key is there twice/],
    ["a tab", "a:\n\tb: 1\n", /^2:1 a tab can't indent/],
    ["a tag of one's own", "a: !secret x\n", /^1:4 the tag !secret isn't known/],
    ["a binary value", "a: !!binary aGk=\n", /^1:4 the tag .*binary isn't known/],
    ["a key that is a list", "? [a]\n: 1\n", /^1:3 a key must be a text/],
    ["an alias without an anchor", "a: 1\nb: *x\n", /^2:4 there is no anchor &x/],
    ["an anchor that holds itself", "a: &x [1, *x]\n", /^1:11 \*x holds itself/],
    ["a number that JSON lacks", "a: .nan\n", /^1:4 must be a number that JSON has/],
    ["a number that loses digits", "a: 12345678901234567890\n", /^1:4 is a number that loses digits/],
    ["the prototype", "a: 1\n__proto__: { b: 1 }\n", /^2:1 __proto__ can't be a key/],
    ["half of a character", 'a: "\\ud800"\n', /^1:4 holds half of a character/],
    ["a NUL", 'a: "\\0"\n', /^1:4 holds a NUL/],
    ["depth without end", `a: ${"[".repeat(300)}${"]".repeat(300)}\n`, /nests deeper than 100/],
    ["depth that no parser takes", `${"[".repeat(200_000)}`, /^1:101 nests deeper than 100/],
    ["lists within lists on one line", "- ".repeat(200_000), /^1:201 nests deeper than 100/],
    ["a quote without an end", "a: 'x\n", /^\d:\d Missing closing 'quote/],
  ] as const)
    it(`refuses ${what}, and says where`, () => {
      assert.match(told(text)[0] ?? "nothing", expected);
      assert.deepEqual(readYaml(text).documents, []);
    });

  it("refuses anchors that stand for more than a computer holds, at the alias that is too much, at once", () => {
    const lines = Array.from({ length: 30 }, (_, i) => `  a${i}: &a${i} [${Array.from({ length: 10 }, () => (i === 0 ? "x" : `*a${i - 1}`)).join(", ")}]`);
    assert.match(told(`value:\n${lines.join("\n")}\n`)[0] ?? "", /^6:\d+ its anchors and aliases stand for more than 100000 values/);
    assert.deepEqual(values("a: &x [1]\nb: *x\n"), [{ a: [1], b: [1] }], "a few are fine");
  });

  it("takes a large map and many anchors, which some parsers take minutes for", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => `k${i}: &a${i} 1`).join("\n");
    assert.equal(Object.keys(values(keys)[0] as object).length, 20_000);
    assert.match(told(`${keys}\nk7: 2\n`)[0] ?? "", /^20001:1 this key/);
    assert.deepEqual(values("a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x\n"), [{ a: 1, b: [1], c: 2, d: [1], e: 2 }]);
  });

  it("goes on with the documents after one that is wrong", () => {
    const { documents, problems } = readYaml("a: !x 1\n---\nb: 2\n");
    assert.deepEqual([documents.map((one) => one.value), problems.length], [[{ b: 2 }], 1]);
  });

  it("knows where each member is written, and the nearest place for one that isn't there", () => {
    const [one] = readYaml("kind: Schedule\nruns:\n  - runbook: a\n  - &x\n    runbook: b\n    parameters: { deep/er: 1 }\n  - *x\n").documents;
    const at = (pointer: string) => `${one?.at(pointer).line}:${one?.at(pointer).column}`;
    assert.deepEqual(
      ["", "/kind", "/runs", "/runs/0/runbook", "/runs/1/parameters/deep~1er", "/runs/1/version", "/runs/2/runbook", "/timeZone", "/runs/9"].map(at),
      ["1:1", "1:1", "2:1", "3:5", "6:19", "5:5", "5:5", "1:1", "2:1"],
    );
  });

  it("gives back whatever was written: any JSON value survives export and reading", () => {
    const text = fc.string({ unit: "grapheme" }).filter((one) => !one.includes("\0") && one.isWellFormed());
    const tricky = fc.constantFrom(
      "yes",
      "no",
      "~",
      "null",
      "1e3",
      "0x10",
      "- a",
      "a: b",
      "# c",
      "|",
      ">",
      "",
      " ",
      "\t",
      "\n",
      "a\n\nb\n",
      "  a\n b",
      "é\u2028",
      "<<",
      "8",
      "\r\n",
      "\u0085x",
    );
    const key = fc.oneof(text, tricky).filter((one) => one !== "__proto__");
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.integer(),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .map((one) => (Object.is(one, -0) || (Number.isInteger(one) && !Number.isSafeInteger(one)) ? 0.5 : one)),
        text,
        tricky,
        fc.array(tie("json")),
        fc.dictionary(key, tie("json"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const document = { kind: "Variable", name: "x", scope: "/", value };
        const { documents, problems } = readYaml(yamlOf(document));
        assert.deepEqual(problems, []);
        assert.deepEqual(documents[0]?.value, document);
      }),
      { numRuns: 300 },
    );
  });
});
