import * as vscode from "vscode";
import { askModally, inputBox } from "../messages/say.ts";

/** What somebody writes into a box. @throws CancellationError when they leave it */
export async function askForText(options: vscode.InputBoxOptions): Promise<string> {
  const given = await inputBox({ ignoreFocusOut: true, ...options });
  if (given === undefined) throw new vscode.CancellationError();
  return given;
}

/**
 * Stays while the focus is elsewhere, as a page that has just loaded takes it without being asked: what was answered before isn't lost by that.
 * @throws CancellationError when nothing is picked
 */
export async function askToPick<Item extends vscode.QuickPickItem>(
  items: readonly Item[] | Thenable<readonly Item[]>,
  options: vscode.QuickPickOptions,
): Promise<Item> {
  const picked = await vscode.window.showQuickPick(items, { ignoreFocusOut: true, matchOnDescription: true, matchOnDetail: true, ...options });
  if (picked === undefined) throw new vscode.CancellationError();
  return picked;
}

/** A question that must be answered before something is done. @throws CancellationError */
export async function askToConfirm(question: string, { detail, action }: { detail?: string; action: string }): Promise<void> {
  const answer = await askModally(question, detail, action);
  if (answer !== action) throw new vscode.CancellationError();
}
