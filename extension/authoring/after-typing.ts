import * as vscode from "vscode";

/** Long enough that a word is typed to its end. */
const PAUSE_MS = 300;

/** Calls `look` for each open document that is meant: when it is opened, and when nobody has typed in it for a moment; `leave` when it is closed. */
export function afterTyping(
  isMeant: (document: vscode.TextDocument) => boolean,
  look: (document: vscode.TextDocument) => Promise<void>,
  leave: (document: vscode.TextDocument) => void,
): vscode.Disposable {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const cancel = (document: vscode.TextDocument) => {
    clearTimeout(timers.get(document.uri.toString()));
    timers.delete(document.uri.toString());
  };
  const soon = (document: vscode.TextDocument, ms: number) => {
    if (!isMeant(document)) return;
    cancel(document);
    timers.set(
      document.uri.toString(),
      setTimeout(() => {
        timers.delete(document.uri.toString());
        void look(document);
      }, ms),
    );
  };
  for (const document of vscode.workspace.textDocuments) soon(document, 0);
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument((document) => soon(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => soon(document, PAUSE_MS)),
    vscode.workspace.onDidCloseTextDocument((document) => {
      cancel(document);
      if (isMeant(document)) leave(document);
    }),
    { dispose: () => timers.forEach((timer) => void clearTimeout(timer)) },
  );
}
