import { realpathSync } from "node:fs";
import * as vscode from "vscode";
import type { FailureMessage, RunView } from "../model/testing/tell-run.ts";
import { toCoverage } from "./coverage.ts";
import type { TestItems } from "./items.ts";

/** Shows a run in the Test Explorer and in the test results. */
export function showRun(
  run: vscode.TestRun,
  { items, files, waits }: { items: TestItems; files: readonly string[]; waits(url: string, file: string, runbook?: string): void },
): RunView {
  // Node tells of files by their true paths; an editor knows them by those that it has opened.
  const opened = new Map(files.flatMap((file) => [[file, file] as const, [truePath(file), file] as const]));
  const uriOf = (file: string) => vscode.Uri.file(opened.get(file) ?? file);
  const itemOf = ({ file, path, line }: { file: string; path: readonly string[]; line: number }) => items.ofTest(uriOf(file), path, line);

  function messageOf({ text, compared, at }: FailureMessage, otherwise: vscode.TestItem): vscode.TestMessage {
    const message = compared ? vscode.TestMessage.diff(text, compared.expected, compared.actual) : new vscode.TestMessage(text);
    const place = at ? new vscode.Location(uriOf(at.file), new vscode.Position(at.line - 1, at.column - 1)) : undefined;
    const fallback = otherwise.uri && otherwise.range ? new vscode.Location(otherwise.uri, otherwise.range.start) : undefined;
    const location = place ?? fallback;
    if (location) message.location = location;
    return message;
  }

  return {
    began(test) {
      const item = itemOf(test);
      if (item) run.started(item);
    },
    passed(test, ms) {
      const item = itemOf(test);
      if (item) run.passed(item, ms);
    },
    failed(test, message, ms) {
      const item = itemOf(test);
      if (item) run.failed(item, messageOf(message, item), ms);
    },
    skipped(test) {
      const item = itemOf(test);
      if (item) run.skipped(item);
    },
    broken(file, message) {
      // At once: VS Code takes nothing any more when the run has ended, which may be in the next moment.
      const item = itemOf({ file, path: [], line: 1 });
      if (item) run.errored(item, messageOf(message, item));
      run.appendOutput(`${message.text.replaceAll("\n", "\r\n")}\r\n`);
    },
    output(text, about) {
      const item = about?.path ? items.ofTest(uriOf(about.file), about.path, 1) : undefined;
      const location = item?.uri && item.range ? new vscode.Location(item.uri, item.range.start) : undefined;
      run.appendOutput(text, location, item);
    },
    coverage: (file) => run.addCoverage(toCoverage(file)),
    waits,
  };
}

function truePath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file; // it has gone, which the run tells
  }
}
