import * as vscode from "vscode";
import { unlinked } from "../model/unlinked.ts";

/** The only place that shows messages, progress and input boxes: whatever is said in them may come from an engine or an author, and must not become a link that runs a command. */
type Show = typeof vscode.window.showInformationMessage;

/** @returns the action that was chosen */
export const inform = (text: string, ...actions: string[]): Thenable<string | undefined> => say(vscode.window.showInformationMessage, text, {}, actions);
export const warn = (text: string, ...actions: string[]): Thenable<string | undefined> => say(vscode.window.showWarningMessage, text, {}, actions);
export const complain = (text: string, ...actions: string[]): Thenable<string | undefined> => say(vscode.window.showErrorMessage, text, {}, actions);

/** A question that must be answered before anything else. */
export const askModally = (question: string, detail: string | undefined, ...actions: string[]): Thenable<string | undefined> =>
  say(vscode.window.showWarningMessage, question, { modal: true, ...(detail === undefined ? {} : { detail: unlinked(detail) }) }, actions);

const say = (show: Show, text: string, options: vscode.MessageOptions, actions: readonly string[]) => show(unlinked(text), options, ...actions);

/** @returns undefined when it is left */
export function inputBox({ prompt, validateInput, ...options }: vscode.InputBoxOptions): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...options,
    ...(prompt === undefined ? {} : { prompt: unlinked(prompt) }),
    ...(validateInput && { validateInput: async (text) => shown(await validateInput(text)) }),
  });
}

function shown(problem: Awaited<ReturnType<NonNullable<vscode.InputBoxOptions["validateInput"]>>>) {
  if (problem === null || problem === undefined) return undefined;
  return typeof problem === "string" ? unlinked(problem) : { ...problem, message: unlinked(problem.message) };
}

/** A message that stays while something goes on, with a button to cancel it. */
export const progress = <Answer>(title: string, act: (token: vscode.CancellationToken) => Promise<Answer>): Thenable<Answer> =>
  vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: unlinked(title), cancellable: true }, (_, token) => act(token));

/** Beside the window's state, for what is soon over. */
export const progressBelow = <Answer>(title: string, act: () => Promise<Answer>): Thenable<Answer> =>
  vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: unlinked(title) }, act);
