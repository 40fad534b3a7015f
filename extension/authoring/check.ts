import * as vscode from "vscode";
import type { Findings, Place } from "../model/authoring/check/findings.ts";
import { createQueue } from "../model/authoring/check/queue.ts";
import { findRunbook } from "../model/authoring/runbook-file.ts";
import { createFindingsShown } from "./check-findings.ts";
import { createCheckStatus } from "./check-status.ts";
import { isTypeScript } from "./documents.ts";
import type { AuthoringParts } from "./parts.ts";
import { signalWithin } from "./signal.ts";

/** A check takes a few seconds; what hangs mustn't hold up the next one. */
const TIME_LIMIT_MS = 120_000;

/** Checks runbooks when they are opened and saved, where publishing would check them: in the workspace's own `runwright`, else on the engine. */
export function registerCheck({
  engine,
  workbench,
  changed,
  patience,
}: Pick<AuthoringParts, "engine" | "workbench" | "changed" | "patience">): vscode.Disposable {
  const queue = createQueue();
  const shown = createFindingsShown();
  const status = createCheckStatus();

  function ask(document: vscode.TextDocument): void {
    if (!isTypeScript(document) || !findRunbook(document.uri.path, document.getText())) return;
    queue.add(document.uri.toString(), (signal) => check(document, signal));
  }

  async function check(document: vscode.TextDocument, signal: AbortSignal): Promise<void> {
    const root = vscode.workspace.getWorkspaceFolder(document.uri)?.uri ?? vscode.Uri.joinPath(document.uri, "..");
    const { placeFor } = await import("../model/authoring/check/place.ts");
    const folder = vscode.Uri.joinPath(document.uri, "..").fsPath;
    const place = await placeFor(folder, { engine, isTrusted: vscode.workspace.isTrusted, program: workbench.program });
    const end = status.begin(document.uri, place);
    try {
      const findings = await findingsAt(place, document, root, signal);
      if (signal.aborted) return;
      shown.set(document.uri, findings.diagnostics ?? []);
      end(findings.problem);
    } catch (error) {
      if (signal.aborted) return end();
      end(error instanceof Error ? error.message : String(error));
    }
  }

  async function findingsAt(place: Place, document: vscode.TextDocument, root: vscode.Uri, signal: AbortSignal): Promise<Findings> {
    if (place.kind === "nowhere") return { diagnostics: [] };
    if (place.kind === "workspace") {
      const { checkInWorkspace } = await import("../model/authoring/check/workspace-check.ts");
      const cwd = vscode.Uri.joinPath(document.uri, "..").fsPath;
      return await checkInWorkspace(document.uri.fsPath, workbench.offlineRunner(place.program, cwd, signalWithin(signal, TIME_LIMIT_MS)));
    }
    const client = await engine.client();
    if (!client) return { problem: "the engine can't be reached" };
    const [{ sourcesOnDisk }, { checkOnEngine }] = await Promise.all([
      import("../model/workspace/source-on-disk.ts"),
      import("../model/authoring/check/engine-check.ts"),
    ]);
    return await checkOnEngine(await sourcesOnDisk(document.uri.fsPath, root.fsPath, textInEditor), { client, signal, ...patience });
  }

  for (const { document } of vscode.window.visibleTextEditors) ask(document);
  const again = () => vscode.window.visibleTextEditors.forEach(({ document }) => void ask(document));
  return vscode.Disposable.from(
    { dispose: queue.stop },
    shown,
    status,
    vscode.window.onDidChangeActiveTextEditor((editor) => editor && !shown.has(editor.document.uri) && ask(editor.document)),
    // What is saved may be what a runbook imports.
    vscode.workspace.onDidSaveTextDocument((document) => (isTypeScript(document) ? again() : undefined)),
    vscode.workspace.onDidGrantWorkspaceTrust(again),
    { dispose: changed(again) },
    vscode.workspace.onDidCloseTextDocument((document) => {
      queue.drop(document.uri.toString());
      shown.delete(document.uri);
    }),
  );
}

function textInEditor(path: string): string | undefined {
  const uri = vscode.Uri.file(path).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri)?.getText();
}
