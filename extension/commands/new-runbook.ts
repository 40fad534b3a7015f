import * as vscode from "vscode";
import { isRunbookName } from "../../engine/core/runbook-name.ts";
import { filesOf, TEMPLATES } from "../model/workspace/templates.ts";
import { askForText, askToPick } from "./ask-for.ts";
import type { Run } from "./parts.ts";
import { workspaceFolder } from "./workspace-file.ts";

/** Writes a runbook and its test, and opens the runbook. Called on a folder, into that; else into `runbooks` of the workspace. */
export const newRunbook: Run = async (_, given) => {
  const folder = given instanceof vscode.Uri ? given : vscode.Uri.joinPath((await workspaceFolder()).uri, "runbooks");
  const template = await askToPick(TEMPLATES, { title: "New Runbook", placeHolder: "What does it begin with?" });
  const name = await askForText({
    title: "New Runbook",
    prompt: 'Its name: lower-case letters, digits and "-"',
    placeHolder: "restart-web",
    validateInput: async (text) => {
      if (!isRunbookName(text)) return 'A name has lower-case letters, digits and "-", at most 63, and begins with a letter.';
      return (await exists(vscode.Uri.joinPath(folder, `${text}.ts`))) ? `${text}.ts is there already.` : undefined;
    },
  });
  const made: vscode.Uri[] = [];
  for (const { path, text } of filesOf(template, name)) {
    const file = vscode.Uri.joinPath(folder, path);
    // A test that somebody has kept from an earlier runbook of the name stays as it is.
    if (await exists(file)) continue;
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
    made.push(file);
  }
  // Where nothing is installed the SDK's types come with the extension.
  if (vscode.workspace.isTrusted) await vscode.commands.executeCommand("runwright.setUpTypes", folder, "ifMissing");
  const [main] = made;
  // Kept: a preview would give way to the output of its first run.
  if (main) await vscode.window.showTextDocument(main, { preview: false });
};

const exists = (uri: vscode.Uri): Promise<boolean> =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
