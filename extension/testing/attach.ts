import { basename } from "node:path";
import * as vscode from "vscode";
import { attachedTo } from "../model/debug/configuration.ts";
import type { Timers } from "../model/timers.ts";

/** When a process of tests has ended by itself, its end or the next process is told sooner. */
const LEFT_AFTER_MS = 3_000;

interface AttachParts {
  folder: vscode.WorkspaceFolder | undefined;
  run: vscode.TestRun;
  timers: Pick<Timers, "after">;
  /** The person has ended the debugger: the tests end, too. */
  onLeft(): void;
}

/** VS Code's debugger at the processes of a run, one after another. When the person ends it, the run ends, and the other way round. */
export function attachTo({ folder, run, timers, onLeft }: AttachParts) {
  let session: vscode.DebugSession | undefined;
  let address: string | undefined;
  let forget = () => {};
  const isOurs = ({ configuration, parentSession }: vscode.DebugSession) => configuration.websocketAddress === address && parentSession === undefined;
  const off = vscode.Disposable.from(
    vscode.debug.onDidStartDebugSession((started) => {
      if (isOurs(started)) session = started;
    }),
    vscode.debug.onDidTerminateDebugSession((ended) => {
      if (ended !== session) return;
      session = undefined;
      forget = timers.after(LEFT_AFTER_MS, onLeft);
    }),
  );
  const begin = (configuration: vscode.DebugConfiguration, options: vscode.DebugSessionOptions): void =>
    void vscode.debug.startDebugging(folder, configuration, options).then(
      (isStarted) => isStarted || onLeft(),
      () => onLeft(),
    );
  return {
    /** @param runbook the sandbox of one of its jobs waits, not the process */
    attach(url: string, file: string, runbook?: string): void {
      // Below the session of its process, whose end is its own. A job that nobody can attach to would be held for good.
      if (runbook !== undefined) {
        const options: vscode.DebugSessionOptions = { testRun: run, compact: true, lifecycleManagedByParent: true, ...(session && { parentSession: session }) };
        begin(attachedTo(url, runbook), options);
        return;
      }
      forget();
      address = url;
      const configuration = {
        ...{ type: "node", request: "attach", name: `Test ${basename(file)}`, websocketAddress: url, continueOnAttach: true, autoAttachChildProcesses: false },
        skipFiles: ["<node_internals>/**"],
      };
      begin(configuration, { testRun: run });
    },
    end(): void {
      forget();
      off.dispose();
      if (session) void vscode.debug.stopDebugging(session);
    },
  };
}
