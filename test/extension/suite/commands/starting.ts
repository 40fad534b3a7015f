import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import * as vscode from "vscode";
import { eventually } from "../../../support/eventually.ts";
import { does, failsAt, signInTo, signOutOfAll, statusBar } from "../person.ts";
import { fileIn, inFront, PATIENCE_MS, type Stage } from "./stage.ts";

export const STARTING = {
  async "runwright.openWalkthrough"() {
    await does("runwright.openWalkthrough");
    // Its tab has a name and nothing else that an extension may see.
    await eventually("the walkthrough", () => /welcome|walkthrough/i.test(vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? ""), PATIENCE_MS);
  },
  /** None is installed yet in the folder of these tests; one that serves in the folder; the walk through the first runbook has none there and starts it in a terminal. */
  async "runwright.startEngine"({ world }: Stage) {
    await signOutOfAll();
    const folder = fileIn(".runwright").fsPath;
    assert.match(await failsAt("runwright.startEngine"), /isn't installed in this folder: install it first/);
    await mkdir(folder);
    try {
      await writeFile(fileIn(".runwright", "admin.json").fsPath, JSON.stringify({ url: world.url, token: world.token }));
      const { said } = await does("runwright.startEngine");
      assert.equal(said.at(-1)?.words, `Signed in to ${world.url} as admin`);
      assert.match(String(statusBar().tooltip), /^Connected/);
    } finally {
      await rm(folder, { recursive: true });
      await signInTo(world);
    }
  },
  async "runwright.newSchedule"() {
    const file = fileIn("runbooks", "hello.schedule.yaml");
    try {
      await does("runwright.newSchedule", [], { pick: "hello" });
      assert.equal(inFront().uri.fsPath, file.fsPath);
      assert.match(inFront().getText(), /^kind: Schedule\nname: hello-nightly\n[\s\S]*runs:\n {2}- runbook: hello\n$/);
      await vscode.workspace.fs.writeFile(file, new TextEncoder().encode("kind: Schedule\nname: mine\n"));
      await does("runwright.newSchedule", [], { pick: "hello" });
      assert.equal(
        new TextDecoder().decode(await vscode.workspace.fs.readFile(file)),
        "kind: Schedule\nname: mine\n",
        "a schedule that is there is left as it is",
      );
    } finally {
      await vscode.workspace.fs.delete(file);
    }
  },
};
