import * as vscode from "vscode";
import { mayHoldResources } from "../model/authoring/resource-documents.ts";
import { afterTyping } from "./after-typing.ts";
import { isResource } from "./documents.ts";
import type { AuthoringParts } from "./parts.ts";

/** Problems of YAML resources while they are written. Nothing is run and no engine is asked, so this works in Restricted Mode, too. */
export function registerResourceDiagnostics({ now }: Pick<AuthoringParts, "now">): vscode.Disposable {
  const collection = vscode.languages.createDiagnosticCollection("runwright-resources");

  async function look(document: vscode.TextDocument): Promise<void> {
    const text = document.getText();
    if (!mayHoldResources(text)) return collection.delete(document.uri);
    const { resourceProblems } = await import("../model/authoring/resource-problems.ts");
    if (document.isClosed) return;
    collection.set(
      document.uri,
      resourceProblems(text, now()).map(({ line, column, message }) => {
        const at = new vscode.Position(line - 1, column - 1);
        const diagnostic = new vscode.Diagnostic(document.getWordRangeAtPosition(at, /[\w.-]+/) ?? new vscode.Range(at, at.translate(0, 1)), message);
        diagnostic.source = "runwright";
        return diagnostic;
      }),
    );
  }

  return vscode.Disposable.from(
    collection,
    afterTyping(isResource, look, (document) => collection.delete(document.uri)),
  );
}
