import assert from "node:assert/strict";
import { join } from "node:path";
import { packageExtension } from "../../../scripts/vsix/package-extension.mjs";
import { type TemporaryDirectory, temporaryDirectory } from "../../support/temporary-directory.ts";
import { editorOrSkip } from "./editor.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

for (const which of process.env.RUNWRIGHT_TEST_LONG === "1" ? (["newest", "oldest"] as const) : (["newest"] as const)) {
  describe(`a walk through the packaged extension in the ${which} VS Code`, function () {
    this.timeout(60_000);
    let directory: TemporaryDirectory;
    let workbench: Workbench;

    before(async function () {
      const editor = await editorOrSkip(this, which);
      directory = await temporaryDirectory();
      const vsix = join(directory.path, "runwright.vsix");
      await packageExtension(vsix);
      workbench = await openWorkbench(editor, { vsix });
    });
    afterEach(async function () {
      await workbench?.keepFailure(this);
    });
    after(async () => {
      await workbench?.[Symbol.asyncDispose]();
      await directory?.remove();
    });

    it("finds the extension's commands in the palette", async () => {
      const entries = await workbench.offers("Runwright: ");
      await workbench.picture(`${which}-palette`);
      assert.ok(entries.every((entry) => entry.startsWith("Runwright: ")) && entries.length > 0, entries.join("; "));
      await workbench.page.keyboard.press("Escape");
    });
  });
}
