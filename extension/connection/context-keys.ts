import * as vscode from "vscode";
import { rightsOf } from "../model/rights.ts";
import type { Session } from "../model/session.ts";

/** What `when` clauses of the manifest look at: `runwright.state`, and what the person's roles allow. */
export function keepContextKeys(session: Session): vscode.Disposable {
  const shown = new Map<string, unknown>();
  const set = (key: string, value: unknown) => {
    if (shown.get(key) === value) return;
    shown.set(key, value);
    void vscode.commands.executeCommand("setContext", key, value);
  };
  const show = () => {
    const state = session.state();
    set("runwright.state", state.kind);
    const greeting = state.kind === "connected" || state.kind === "lost" ? state.greeting : undefined;
    for (const [key, holds] of Object.entries(rightsOf(greeting?.me))) set(key, holds);
  };
  show();
  return { dispose: session.on(show) };
}
