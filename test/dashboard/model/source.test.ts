import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { patchLines } from "../../../engine/dashboard/model/source/patch-lines.ts";
import { tokenLines, tokensOf } from "../../../engine/dashboard/model/source/source-tokens.ts";

const kinds = (source: string) => tokensOf(source).flatMap(({ kind, text }) => (text.trim() === "" ? [] : [[kind, text.trim()]]));

describe("dashboard: pieces of source text", () => {
  for (const [what, source, wanted] of [
    [
      "keywords, names that are called, and the rest",
      "const a = run(b);",
      [
        ["keyword", "const"],
        ["plain", "a ="],
        ["name", "run"],
        ["plain", "(b);"],
      ],
    ],
    [
      "a member that is called like a keyword",
      "a.delete(b)",
      [
        ["plain", "a."],
        ["name", "delete"],
        ["plain", "(b)"],
      ],
    ],
    ["a division, which is no expression", "a / b / c", [["plain", "a / b / c"]]],
    [
      "a regular expression",
      "x = /[/]\\/'/g;",
      [
        ["plain", "x ="],
        ["text", "/[/]\\/'/g"],
        ["plain", ";"],
      ],
    ],
    [
      "a comment in a text, and a text in a comment",
      "'// no' // 'yes'",
      [
        ["text", "'// no'"],
        ["comment", "// 'yes'"],
      ],
    ],
    [
      "code in templates, also deep",
      "`a${ {b: `c${d}`} }e`",
      [
        ["text", "`a${"],
        ["plain", "{b:"],
        ["text", "`c${"],
        ["plain", "d"],
        ["text", "}`"],
        ["plain", "}"],
        ["text", "}e`"],
      ],
    ],
    [
      "numbers",
      "1_000n + 0xff + .5e3",
      [
        ["number", "1_000n"],
        ["plain", "+"],
        ["number", "0xff"],
        ["plain", "+"],
        ["number", ".5e3"],
      ],
    ],
  ] as const) {
    it(`tells ${what}`, () => assert.deepEqual(kinds(source), wanted));
  }

  it("loses and invents nothing, whatever the text is", () => {
    const own = readFileSync(new URL("../../../engine/dashboard/model/source/source-tokens.ts", import.meta.url), "utf8");
    for (const text of [
      own,
      "`${",
      "`${`${`",
      "/*",
      "'",
      '"\\',
      "}}}`${}}",
      "/",
      "/[",
      "<div>{a}</div>",
      "\ud800\udc00\ud800",
      "\u202e<script>",
      "a\r\nb",
      "",
    ]) {
      assert.equal(
        tokensOf(text)
          .map((token) => token.text)
          .join(""),
        text,
      );
    }
  });

  it("splits pieces at the ends of lines", () => {
    const lines = tokenLines("/* a\r\nb */\n\nlet c;");
    assert.deepEqual(
      lines.map((tokens) => tokens.map(({ text }) => text).join("")),
      ["/* a", "b */", "", "let c;"],
    );
    assert.equal(lines[1]?.[0]?.kind, "comment");
    assert.equal(tokenLines("const a = 1;\n".repeat(10_000)).length, 10_001);
  });

  it("takes hostile texts of a megabyte", () => {
    for (const piece of ["`${", "/", "/*", "'\\", "a.", "((", "\\"]) tokensOf(piece.repeat(Math.floor(1_000_000 / piece.length)));
  });
});

describe("dashboard: lines of a patch", () => {
  it("have the numbers of both sides", () => {
    const patch = "--- hello@1/a.ts\n+++ hello@2/a.ts\n@@ -3,3 +3,4 @@\n same\n-old\n+new\n+--- more\n last\n\\ No newline at end of file\n";
    assert.deepEqual(
      patchLines(patch).map(({ kind, before, after, text }) => [kind, before, after, text]),
      [
        ["gap", undefined, undefined, "@@ -3,3 +3,4 @@"],
        ["same", 3, 3, "same"],
        ["removed", 4, undefined, "old"],
        ["added", undefined, 4, "new"],
        ["added", undefined, 5, "--- more"],
        ["same", 5, 6, "last"],
        ["gap", undefined, undefined, "No newline at end of file"],
      ],
    );
  });

  it("say so when files are too different", () => {
    assert.deepEqual(patchLines("--- a\n+++ b\n@@ too different to be compared line by line @@\n"), [
      { kind: "gap", text: "@@ too different to be compared line by line @@" },
    ]);
  });
});
