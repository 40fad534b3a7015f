import * as vscode from "vscode";
import { engineAddress } from "./model/engine-address.ts";

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(vscode.commands.registerCommand("runwright.showEngineAddress", showEngineAddress));
}

export function deactivate(): void {
  // What was registered is in context.subscriptions; VS Code disposes it.
}

async function showEngineAddress(): Promise<void> {
  const address = engineAddress(vscode.workspace.getConfiguration("runwright").get("url"));
  if (address.ok) await vscode.window.showInformationMessage(`Runwright's engine: ${address.url}`);
  else await vscode.window.showErrorMessage(address.problem);
}
