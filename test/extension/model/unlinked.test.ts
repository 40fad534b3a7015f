import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { unlinked } from "../../../extension/model/unlinked.ts";

/** As VS Code reads messages: `src/vs/base/common/linkedText.ts`. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const EXTENSION = new URL("../../../extension/", import.meta.url);

describe("text of an engine or an author in a message", () => {
  for (const text of ["[x](command:workbench.action.quit)", "[[x](https://evil.example)", '[x](command:a "title")', "[a](file:///x)[b](command:c)"])
    it(`has no link in ${text}`, () => {
      assert.match(text, LINK);
      assert.doesNotMatch(unlinked(text), LINK);
    });

  it("is shown as it is where it has none", () => assert.equal(unlinked("os[0] (linux), a]\n(b)"), "os[0] (linux), a]\n(b)"));

  it("goes through the one file that shows messages, progress and input boxes", async () => {
    const paths = await Array.fromAsync(glob("**/*.ts", { cwd: EXTENSION, exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(path) }));
    const direct = paths.filter((path) =>
      /\.(show(Information|Warning|Error)Message|showInputBox|createInputBox|withProgress)\b/.test(readFileSync(new URL(path, EXTENSION), "utf8")),
    );
    assert.deepEqual(direct, ["messages/say.ts"]);
  });
});
