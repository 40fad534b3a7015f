import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { workspaceFolder } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, failsAt, rowsOf, signInTo, signOutOfAll, statusBar } from "./person.ts";
import { plantRunwright } from "./planted.ts";
import { watchTests } from "./test-explorer.ts";

describe("in Restricted Mode", function () {
  this.timeout(120_000);
  let engine: Engine;
  let planted: Awaited<ReturnType<typeof plantRunwright>>;
  before(async () => {
    engine = await startEngine({ rows: 1 });
    planted = await plantRunwright(workspaceFolder().fsPath);
  });
  after(async () => {
    await signOutOfAll();
    await planted?.remove();
    await engine?.remove();
  });

  it("views and commands of the engine work", async () => {
    assert.equal(vscode.workspace.isTrusted, false, "the workspace is trusted");
    await signInTo(engine);
    assert.match(String(statusBar().tooltip), /^Connected/);
    assert.equal((await rowsOf("runwright.runbooks")).length, 1);
    await does("runwright.openVersion", [{ runbook: "book-00000", version: 1 }]);
  });

  for (const command of [
    "runwright.publish",
    "runwright.saveDraft",
    "runwright.plan",
    "runwright.apply",
    "runwright.debug",
    "runwright.test",
    "runwright.installInWorkspace",
  ]) {
    it(`${command} says what stands in its way`, async () => {
      assert.match(await failsAt(command, [planted.file]), /Restricted Mode: trust it first/);
      assert.equal(planted.wasRun(), false);
    });
  }

  it("tests are found, and none of them runs", async () => {
    const file = vscode.Uri.joinPath(planted.file, "..", "planted.test.ts");
    await writeFile(file.fsPath, 'import { test } from "node:test";\nimport { runRunbook } from "runwright/testing";\ntest("is planted", () => {});\n');
    const explorer = watchTests();
    await explorer.find();
    const run = await explorer.run("Run", [file]);
    assert.deepEqual(explorer.names(file), ["is planted"]);
    assert.match(
      run
        .messages("planted.test.ts")
        .map(({ message }) => String(message))
        .join(),
      /Restricted Mode/,
    );
    assert.equal(planted.wasRun(), false);
    await rm(file.fsPath);
  });

  it("a runbook that is opened, looked at and saved runs nothing", async () => {
    const document = await vscode.workspace.openTextDocument(planted.file);
    const editor = await vscode.window.showTextDocument(document);
    for (const ask of ["vscode.executeHoverProvider", "vscode.executeCompletionItemProvider"])
      await vscode.commands.executeCommand(ask, document.uri, new vscode.Position(1, 20));
    await vscode.commands.executeCommand("vscode.executeCodeLensProvider", document.uri);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "// changed\n"));
    await document.save();
    await vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, new vscode.Range(0, 0, 1, 0));
    assert.equal(planted.wasRun(), false);
  });

  it("a hover over a selector asks no engine", async () => {
    const file = vscode.Uri.joinPath(planted.file, "..", "window.yaml");
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode("kind: MaintenanceWindow\nname: a\nselector: tag:role=db\n"));
    try {
      const yaml = await vscode.workspace.openTextDocument(file);
      const at = yaml.positionAt(yaml.getText().indexOf("role"));
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>("vscode.executeHoverProvider", yaml.uri, at);
      const said = hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === "string" ? one : one.value))).join();
      assert.match(said, /in Restricted Mode none is asked/);
    } finally {
      await vscode.workspace.fs.delete(file);
    }
  });
});
