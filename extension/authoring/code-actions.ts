import * as vscode from "vscode";
import type { Fix } from "../model/authoring/fixes/text-edit.ts";
import { RUNBOOKS } from "./documents.ts";
import type { AuthoringParts } from "./parts.ts";

/** Quick fixes for what the check says, and for what TypeScript says of permissions that are missing. */
export function registerCodeActions({ names }: Pick<AuthoringParts, "names">): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    RUNBOOKS,
    {
      async provideCodeActions(document, _range, { diagnostics }, token) {
        const own = diagnostics.filter(({ source }) => source === "runwright" || source === "ts");
        if (own.length === 0) return [];
        const { permissionFixes } = await import("../model/authoring/fixes/permission-fixes.ts");
        const actions = new Map<string, vscode.CodeAction>();
        const unresolved = own.find(({ message }) => /^Cannot find module 'runwright'/.test(message));
        if (unresolved) actions.set(SET_UP, setUpAction(document, unresolved));
        for (const diagnostic of own) {
          const finding = {
            code: codeOf(diagnostic),
            message: diagnostic.message,
            start: document.offsetAt(diagnostic.range.start),
            end: document.offsetAt(diagnostic.range.end),
          };
          // The check and TypeScript may say the same: one way out of it is enough.
          for (const fix of await permissionFixes(document.getText(), finding, names))
            if (!actions.has(fix.title)) actions.set(fix.title, actionOf(fix, document, diagnostic));
          if (token.isCancellationRequested) return [];
        }
        return [...actions.values()];
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );
}

const SET_UP = "Set up types of the SDK in this folder";

function setUpAction(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(SET_UP, vscode.CodeActionKind.QuickFix);
  action.command = { title: SET_UP, command: "runwright.setUpTypes", arguments: [document.uri] };
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  return action;
}

/** TypeScript's own diagnostics have the bare number. */
function codeOf({ source, code }: vscode.Diagnostic): string {
  const value = String(typeof code === "object" ? code.value : (code ?? ""));
  return source === "ts" ? `TS${value}` : value;
}

function actionOf({ title, edits, isPreferred = false }: Fix, document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  for (const { start, end, text } of edits) action.edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  action.diagnostics = [diagnostic];
  action.isPreferred = isPreferred;
  return action;
}
