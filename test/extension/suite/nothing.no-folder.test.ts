import assert from "node:assert/strict";
import * as vscode from "vscode";
import { type Engine, startEngine } from "./engine.ts";
import { does, failsAt, rowsOf, signInTo, signOutOfAll } from "./person.ts";

describe("a window without a folder", function () {
  this.timeout(120_000);
  let engine: Engine;
  before(async () => {
    engine = await startEngine({ rows: 1 });
    await signInTo(engine);
  });
  after(async () => {
    await signOutOfAll();
    await engine?.remove();
  });

  it("shows the engine all the same", async () => {
    assert.equal(vscode.workspace.workspaceFolders, undefined);
    assert.equal((await rowsOf("runwright.runbooks")).length, 1);
    await does("runwright.openVersion", [{ runbook: "book-00000", version: 1 }]);
  });

  for (const [command, says] of [
    ["runwright.newRunbook", /Open a folder first/],
    ["runwright.plan", /Open a folder first/],
    ["runwright.publish", /no runbook in this workspace/],
    ["runwright.saveDraft", /no runbook in this workspace/],
  ] as const) {
    it(`${command} says that there is none`, async () => {
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      assert.match(await failsAt(command), says);
    });
  }

  it("publishes no file that was never saved", async () => {
    const document = await vscode.workspace.openTextDocument({ language: "typescript", content: "export default 1;" });
    assert.match(await failsAt("runwright.publish", [document.uri]), /file on disk/);
  });
});
