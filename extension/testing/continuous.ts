import * as vscode from "vscode";
import type { Timers } from "../model/timers.ts";

/** Several files are saved at once, by a formatter for one. */
const PAUSE_MS = 300;

/**
 * Runs again what a request names, whenever TypeScript of the workspace is saved, until it is cancelled: of a file with tests, or the runbook beside it, only those; else all.
 * A run that goes on is ended for the next one.
 */
export function runContinuously(
  request: vscode.TestRunRequest,
  cancel: vscode.CancellationToken,
  {
    all,
    run,
    timers,
  }: { all(): readonly vscode.TestItem[]; run(request: vscode.TestRunRequest, cancel: vscode.CancellationToken): Promise<void>; timers: Pick<Timers, "after"> },
): void {
  let current: vscode.CancellationTokenSource | undefined;
  let stop = () => {};
  const saved = new Set<string>();

  function again(): void {
    const wanted = request.include ?? all();
    const own = wanted.filter(({ uri }) => uri && (saved.has(uri.path) || saved.has(uri.path.replace(/\.test(?=\.m?ts$)/, ""))));
    saved.clear();
    current?.cancel();
    current = new vscode.CancellationTokenSource();
    void run(new vscode.TestRunRequest(own.length > 0 ? own : wanted, request.exclude, request.profile, true, true), current.token);
  }

  const off = vscode.workspace.onDidSaveTextDocument(({ uri, languageId }) => {
    if (languageId !== "typescript") return;
    saved.add(uri.path);
    stop();
    stop = timers.after(PAUSE_MS, again);
  });
  cancel.onCancellationRequested(() => {
    off.dispose();
    stop();
    current?.cancel();
  });
}
