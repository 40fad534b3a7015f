import * as vscode from "vscode";
import type { FileCoverage } from "../../engine/protocol/test-events.ts";

/** Lines are shown when a file is opened. */
const details = new WeakMap<vscode.FileCoverage, FileCoverage>();

export function toCoverage(coverage: FileCoverage): vscode.FileCoverage {
  const made = new vscode.FileCoverage(vscode.Uri.file(coverage.file), new vscode.TestCoverageCount(coverage.covered, coverage.total));
  details.set(made, coverage);
  return made;
}

export const detailsOf = (coverage: vscode.FileCoverage): vscode.StatementCoverage[] =>
  (details.get(coverage)?.lines ?? []).map(({ line, count, isPartial }) => {
    // Beyond any line's end: the whole line.
    const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
    return new vscode.StatementCoverage(count, range, isPartial ? [new vscode.BranchCoverage(0, range, "a part of it")] : []);
  });
