import { posix } from "node:path";
import * as vscode from "vscode";
import type { Diagnostic } from "../../engine/core/diagnostic.ts";

/** What checks have found, in the list of problems. What TypeScript says there already isn't said twice. */
export function createFindingsShown() {
  const collection = vscode.languages.createDiagnosticCollection("runwright");
  /** Runbook → file → what was found in it: a file that two share has what either found. */
  const found = new Map<string, Map<string, vscode.Diagnostic[]>>();

  function show(files: Iterable<string>): void {
    for (const file of new Set(files)) {
      const uri = vscode.Uri.parse(file);
      const theirs = new Set(vscode.languages.getDiagnostics(uri).flatMap((one) => (one.source === "ts" ? [keyOf(one)] : [])));
      const seen = new Set<string>();
      const all = [...found.values()].flatMap((files) => files.get(file) ?? []);
      const own = all.filter((one) => !theirs.has(keyOf(one)) && !seen.has(keyOf(one)) && seen.add(keyOf(one)));
      collection.set(uri, own);
    }
  }

  /** TypeScript finds the same later, or no longer. */
  const watch = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    const ours = new Set([...found.values()].flatMap((files) => [...files.keys()]));
    const changed = uris.map(String).filter((uri) => ours.has(uri) && hasChanged(uri));
    if (changed.length > 0) show(changed);
  });
  /** Our own changes are told, too: without this they would go round in a circle. */
  const last = new Map<string, string>();
  function hasChanged(uri: string): boolean {
    const theirs = vscode.languages
      .getDiagnostics(vscode.Uri.parse(uri))
      .filter(({ source }) => source === "ts")
      .map(keyOf)
      .join();
    const isNew = last.get(uri) !== theirs;
    last.set(uri, theirs);
    return isNew;
  }

  return {
    has: (entry: vscode.Uri): boolean => found.has(entry.toString()),
    set(entry: vscode.Uri, diagnostics: readonly Diagnostic[]): void {
      const before = found.get(entry.toString())?.keys() ?? [];
      const files = new Map<string, vscode.Diagnostic[]>();
      for (const one of diagnostics) {
        const file = entry.with({ path: posix.join(posix.dirname(entry.path), one.file) }).toString();
        files.set(file, [...(files.get(file) ?? []), diagnosticOf(one, vscode.Uri.parse(file))]);
      }
      const earlier = [...before];
      found.set(entry.toString(), files);
      show([...earlier, ...files.keys()]);
    },
    delete(entry: vscode.Uri): void {
      const files = [...(found.get(entry.toString())?.keys() ?? [])];
      found.delete(entry.toString());
      show(files);
    },
    dispose(): void {
      watch.dispose();
      collection.dispose();
    },
  };
}

const keyOf = ({ code, range, message }: vscode.Diagnostic): string => {
  const value = String(typeof code === "object" ? code.value : (code ?? "")).replace(/^TS/, "");
  return /^\d+$/.test(value) ? `${value}@${range.start.line}:${range.start.character}` : `${value}@${range.start.line}:${range.start.character} ${message}`;
};

function diagnosticOf({ line, column, code, message, severity }: Diagnostic, uri: vscode.Uri): vscode.Diagnostic {
  const at = new vscode.Position(line - 1, column - 1);
  const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  const range = document?.getWordRangeAtPosition(document.validatePosition(at)) ?? new vscode.Range(at, at.translate(0, 1));
  const diagnostic = new vscode.Diagnostic(range, message, severity === "error" ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
  diagnostic.source = "runwright";
  diagnostic.code = code;
  if (code === "UNUSED_PERMISSION") diagnostic.tags = [vscode.DiagnosticTag.Unnecessary];
  return diagnostic;
}
