import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { installRunwright } from "./commands/runbooks.ts";
import { inFront } from "./commands/stage.ts";
import { type Engine, startEngine } from "./engine.ts";
import { does, signInTo, signOutOfAll } from "./person.ts";

describe("a workspace with two folders", function () {
  this.timeout(120_000);
  let engine: Engine;
  const second = () => vscode.workspace.workspaceFolders?.[1]?.uri.fsPath ?? "";
  before(async () => {
    engine = await startEngine();
    await signInTo(engine);
    await installRunwright(second());
  });
  after(async () => {
    await signOutOfAll();
    await engine?.remove();
  });

  it("is asked about: a new runbook goes into the folder that somebody picks", async () => {
    assert.equal(vscode.workspace.workspaceFolders?.length, 2);
    await does("runwright.newRunbook", [], { pick: "zwei té" }, { pick: "Greeting" }, { write: "greet" });
    assert.ok(existsSync(join(second(), "runbooks", "greet.ts")));
    assert.equal(inFront().uri.fsPath, join(second(), "runbooks", "greet.ts"));
    await does("runwright.newRunbook", [], { leave: true });
  });

  it("is planned one folder at a time, with the program of that folder", async () => {
    await writeFile(join(second(), "ops.yaml"), "kind: Variable\nname: second\nscope: /\nvalue: two\n");
    await does("runwright.plan", [], { pick: "zwei té" });
    assert.match(inFront().getText(), /second/);
  });

  it("publishes a runbook of the second one", async () => {
    const { said } = await does("runwright.publish", [vscode.Uri.file(join(second(), "runbooks", "greet.ts"))], { write: "first" }, { press: "Publish" });
    assert.match(said.at(-1)?.words ?? "", /Published greet version 1/);
  });
});
