import assert from "node:assert/strict";
import { plainText } from "../../../engine/dashboard/model/plain-text.ts";

describe("what a program wrote to a terminal", () => {
  const TEXTS: readonly (readonly [what: string, written: string, shown: string])[] = [
    ["loses its colours", "\u001b[1;31mred\u001b[0m \u009b32mgreen", "red green"],
    ["loses titles and links", "\u001b]0;title\u0007a\u001b]8;;https://x\u001b\\b\u001b]8;;\u001b\\", "ab"],
    ["loses movements of the cursor", "a\u001b[2Kb\u001b[10;20Hc\u001b7d\u001b(B", "abcd"],
    ["keeps tabs and lines, also of Windows", "a\tb\r\nc\r\n", "a\tb\nc\n"],
    ["shows of a line that was written over what stood there last", "10 %\r50 %\r100 %\ndone\r\n", "100 %\ndone\n"],
    ["keeps a line that ends with a return", "50 %\r", "50 %"],
    ["loses other control characters", "a\u0000b\u0008c\u007f", "abc"],
    ["keeps what an open sequence would swallow only up to the next one", "a\u001b]0;no end\u001b[mb", "ab"],
  ];
  for (const [what, written, shown] of TEXTS) it(what, () => assert.equal(plainText(written), shown));

  it("takes a time linear in its length, whatever was written", () => {
    const open = "\u001b]".repeat(200_000) + "\u001b[;".repeat(200_000);
    assert.equal(typeof plainText(open), "string");
  });
});
