import { basename } from "node:path";
import * as vscode from "vscode";
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
  return {
    attach(url: string, file: string): void {
      forget();
      address = url;
      const configuration = {
        ...{ type: "node", request: "attach", name: `Test ${basename(file)}`, websocketAddress: url, continueOnAttach: true, autoAttachChildProcesses: false },
        skipFiles: ["<node_internals>/**"],
      };
      vscode.debug.startDebugging(folder, configuration, { testRun: run }).then(
        (isStarted) => isStarted || onLeft(),
        () => onLeft(),
      );
    },
    end(): void {
      forget();
      off.dispose();
      if (session) void vscode.debug.stopDebugging(session);
    },
  };
}
