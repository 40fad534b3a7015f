import * as vscode from "vscode";
import type { Run } from "./parts.ts";
import { requireTrust, runbookFile, workspaceFolder } from "./workspace-file.ts";

/** Runs the tests beside a runbook. */
export const testRunbook: Run = async ({ testing }, given) => {
  requireTrust();
  const { file, name } = await runbookFile(given);
  const beside = file.with({ path: file.path.replace(/(?=\.m?ts$)/, ".test") });
  if (!(await exists(beside))) throw new Error(`${name} has no test: write ${vscode.workspace.asRelativePath(beside)}, beside it.`);
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === beside.toString());
  if (document?.isDirty) await document.save();
  await testing.testFile(beside);
};

/** Puts the SDK, its command and the library of tests into the workspace, in a terminal: what npm says can be read there. */
export const installInWorkspace: Run = async () => {
  requireTrust();
  const terminal = vscode.window.createTerminal({ name: "Install runwright", cwd: (await workspaceFolder()).uri, isTransient: true });
  terminal.show();
  terminal.sendText("npm install --save-dev runwright");
};

const exists = (uri: vscode.Uri): Promise<boolean> =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
