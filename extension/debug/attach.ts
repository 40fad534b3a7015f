import * as vscode from "vscode";
import { attachedTo } from "../model/debug/configuration.ts";

/** VS Code's own JavaScript debugger at a sandbox that waits for it, as a child of our session. @returns whether it has begun */
export function attachBelow(parent: vscode.DebugSession, url: string, name: string): Thenable<boolean> {
  // One console: what the job wrote is there, too, when the debugger has gone.
  const consoleMode = vscode.DebugConsoleMode.MergeWithParent;
  const options = { parentSession: parent, lifecycleManagedByParent: true, compact: true, consoleMode };
  return vscode.debug.startDebugging(parent.workspaceFolder, attachedTo(url, name), options);
}
