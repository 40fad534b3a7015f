import * as vscode from "vscode";
import { runbookNameOf } from "../model/workspace/publishing.ts";
import { askToPick } from "./ask-for.ts";

/** Restricted Mode: nothing of the workspace is run, and the person is asked by the editor's own means whether to trust it. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new Error("This workspace is in Restricted Mode: trust it first, because checking and publishing run its own programs or send its files.");
}

/**
 * The runbook's file that a command is about: what it was called on, else what is in the editor, else what somebody picks.
 * @throws when there is none, or it isn't on disk
 */
export async function runbookFile(given: unknown): Promise<{ file: vscode.Uri; name: string }> {
  const uri = given instanceof vscode.Uri ? given : (runbookInEditor() ?? (await pickedFile()));
  if (uri.scheme !== "file") throw new Error("Publishing needs a file on disk.");
  const name = runbookNameOf(uri.path);
  if (name === undefined) throw new Error(`${vscode.workspace.asRelativePath(uri)} can't be a runbook: a name has lower-case letters, digits and "-".`);
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (document?.isDirty && !(await document.save())) throw new Error(`${vscode.workspace.asRelativePath(uri)} can't be saved.`);
  return { file: uri, name };
}

function runbookInEditor(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri && uri.scheme === "file" && runbookNameOf(uri.path) !== undefined ? uri : undefined;
}

async function pickedFile(): Promise<vscode.Uri> {
  const found = await vscode.workspace.findFiles("**/*.ts", "**/{node_modules,dist}/**", 500);
  const runbooks = found.filter((uri) => runbookNameOf(uri.path) !== undefined);
  if (runbooks.length === 0) throw new Error("There is no runbook in this workspace: make one with Runwright: New Runbook.");
  return (
    await askToPick(
      runbooks.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
      { title: "Runbook", placeHolder: "Which file?" },
    )
  ).uri;
}

/** Of the workspace folder around a file or folder; an engine is sent nothing from outside of it. */
export const rootOf = (uri: vscode.Uri, otherwise: vscode.Uri): string => (vscode.workspace.getWorkspaceFolder(uri)?.uri ?? otherwise).fsPath;

/** @throws without any, CancellationError */
export async function workspaceFolder(): Promise<vscode.WorkspaceFolder> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [only] = folders;
  if (!only) throw new Error("Open a folder first.");
  if (folders.length === 1) return only;
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder: "Which folder?" });
  if (!picked) throw new vscode.CancellationError();
  return picked;
}
