import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import * as vscode from "vscode";
import { AUTHORING } from "./commands/authoring.ts";
import { CONNECTION } from "./commands/connection.ts";
import { DEPLOYMENTS } from "./commands/deployments.ts";
import { JOBS } from "./commands/jobs.ts";
import { MACHINES } from "./commands/machines.ts";
import { RUNBOOKS } from "./commands/runbooks.ts";
import { fileIn, type Stage } from "./commands/stage.ts";
import { STARTING } from "./commands/starting.ts";
import { VIEWS } from "./commands/views.ts";
import { signInTo, signOutOfAll } from "./person.ts";
import { startWorld } from "./world.ts";

/** Each command of the manifest, and what shows that it works. */
const TESTS: Record<string, (stage: Stage) => Promise<void>> = {
  ...CONNECTION,
  ...STARTING,
  ...AUTHORING,
  ...RUNBOOKS,
  ...JOBS,
  ...MACHINES,
  ...DEPLOYMENTS,
  ...VIEWS,
};

describe("commands", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async () => {
    stage = { world: await startWorld() };
    await signInTo(stage.world);
  });
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));
  after(async () => {
    await signOutOfAll();
    await stage?.world.remove();
    // Of publishing and planning: other tests have folders in which nothing is installed, nor in those above them.
    await rm(fileIn("node_modules").fsPath, { recursive: true, force: true });
  });

  it("are all tested here", () => {
    const extension = vscode.extensions.getExtension("runwright.runwright-vscode");
    const promised = extension?.packageJSON.contributes.commands.map(({ command }: { command: string }) => command);
    assert.deepEqual(Object.keys(TESTS).sort(), promised.sort());
  });

  for (const [command, test] of Object.entries(TESTS)) it(command.replace("runwright.", ""), () => test(stage));
});
