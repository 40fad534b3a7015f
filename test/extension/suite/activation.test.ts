import assert from "node:assert/strict";
import * as vscode from "vscode";

const ID = "runwright.runwright-vscode";

describe("the extension in VS Code", () => {
  it("is there and activates", async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} isn't there`);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it("registers every command that its manifest promises", async () => {
    const extension = vscode.extensions.getExtension(ID);
    await extension?.activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const promised: { command: string }[] = extension?.packageJSON.contributes.commands;
    assert.deepEqual(
      promised.filter(({ command }) => !registered.has(command)),
      [],
    );
  });
});
