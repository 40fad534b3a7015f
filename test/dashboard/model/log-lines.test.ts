import assert from "node:assert/strict";
import { withoutTerminal } from "../../../engine/core/terminal-text.ts";
import { linesOf, wantedLines } from "../../../engine/dashboard/model/job/log-lines.ts";

const AT = "2026-03-01T12:00:00.000Z";

describe("dashboard: text of programs", () => {
  const ESC = "\u001b";
  for (const [what, text, shown] of [
    ["colours", `${ESC}[1;32mok${ESC}[0m done`, "ok done"],
    ["a window's title", `${ESC}]0;title\u0007text`, "text"],
    ["a link", `${ESC}]8;;https://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
    ["moves of the cursor", `a${ESC}[2J${ESC}[1;1Hb`, "ab"],
    ["the one-character form", "a\u009b31mb", "ab"],
    ["a string that never ends, which takes no more than its line", `${ESC}]0;title\nnext`, "\nnext"],
    ["a device's string", `${ESC}Pq#0${ESC}\\x`, "x"],
    ["a progress bar that writes over itself", "10 %\r50 %\r100 %\nnext", "100 %\nnext"],
    ["line ends of Windows", "a\r\nb", "a\nb"],
    ["a lone escape at the end", `a${ESC}`, "a"],
    ["characters that turn the direction", "a\u202eb", "a\ufffdb"],
    ["control characters", "a\u0000\u0008b", "a\ufffd\ufffdb"],
    ["plain text in any language", "größer 日本 🙂\ttab", "größer 日本 🙂\ttab"],
  ] as const) {
    it(`is shown without ${what}`, () => assert.equal(withoutTerminal(text), shown));
  }

  it("takes time in proportion to its length, however it is made", () => {
    for (const piece of [`${ESC}[`, `${ESC}]`, "\r", `${ESC}[1;`, "\u009b"]) withoutTerminal(piece.repeat(100_000));
  });
});

describe("dashboard: lines of entries", () => {
  it("splits an entry, says when and what once, and cuts what has no end", () => {
    const lines = linesOf({ seq: 7, at: AT, kind: "log", level: "warning", message: `one\ntwo\n${"x".repeat(3_000)}\n` });
    assert.deepEqual(
      lines.map(({ text, isFirst, word }) => [text.length, isFirst, word]),
      [
        [3, true, "warning"],
        [3, false, "warning"],
        [2_000 + "… 1000 more characters".length, false, "warning"],
      ],
    );
    const many = linesOf({ seq: 8, at: AT, kind: "log", level: "info", message: "x\n".repeat(5_000) });
    assert.deepEqual([many.length, many.at(-1)?.text], [1_000, "… 4001 more lines of this entry"]);
    assert.ok((lines.at(-1)?.key ?? 0) < (many[0]?.key ?? 0), "keys ascend");
  });

  it("shows details, outputs and progress as text", () => {
    const text = (entry: Parameters<typeof linesOf>[0]) => linesOf(entry).map((line) => line.text);
    assert.deepEqual(text({ seq: 1, at: AT, kind: "log", level: "info", message: "m", details: { a: 1 } }), ["m", "{", '  "a": 1', "}"]);
    assert.deepEqual(text({ seq: 1, at: AT, kind: "output", value: "text" }), ["text"]);
    assert.deepEqual(text({ seq: 1, at: AT, kind: "progress", fraction: 0.333, message: "on it" }), ["33 % on it"]);
  });

  it("narrows by level and by text; outputs stay", () => {
    const lines = (["debug", "info", "error"] as const).flatMap((level, seq) => linesOf({ seq, at: AT, kind: "log", level, message: `Line ${level}` }));
    const all = [...lines, ...linesOf({ seq: 9, at: AT, kind: "output", value: "line" })];
    const words = (filter: Parameters<typeof wantedLines>[1]) => wantedLines(all, filter).map(({ word }) => word);
    assert.deepEqual(words({ least: "info", search: "" }), ["info", "error", "output"]);
    assert.deepEqual(words({ least: "", search: "LINE ERR" }), ["error"]);
    assert.equal(wantedLines(all, { least: "", search: "" }), all);
  });
});
