import * as vscode from "vscode";
import type { TriggerNote } from "../../engine/core/trigger-note.ts";
import { LENSES, triggerLens } from "../model/authoring/lenses.ts";
import { findRunbook } from "../model/authoring/runbook-file.ts";
import { RUNBOOKS } from "./documents.ts";

interface LensParts {
  isOffered(command: string): boolean;
  /** As far as it is known now. */
  triggersOf(runbook: string): readonly TriggerNote[];
  changed: vscode.Event<void>;
}

/** Run, Debug, Test, Publish and History above each runbook, and what starts it. Debug and Test are there once something offers them. */
export function registerCodeLens({ isOffered, triggersOf, changed }: LensParts): vscode.Disposable {
  return vscode.languages.registerCodeLensProvider(RUNBOOKS, {
    onDidChangeCodeLenses: changed,
    provideCodeLenses(document) {
      const runbook = findRunbook(document.uri.path, document.getText());
      if (!runbook) return [];
      const at = document.positionAt(runbook.at);
      const range = new vscode.Range(at, at);
      const lenses = [...LENSES.filter(({ command }) => isOffered(command)), ...triggerLens(triggersOf(runbook.name))];
      return lenses.map(({ title, tooltip, command }) => new vscode.CodeLens(range, { title, tooltip, command, arguments: [document.uri] }));
    },
  });
}
