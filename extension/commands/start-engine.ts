import * as vscode from "vscode";
import type { KnownEngine } from "../model/known-engines.ts";
import { signInWithToken } from "../model/sign-in.ts";
import { ADMIN_FILE, type LocalEngineParts, signInToLocal, waitForLocal } from "../model/workspace/local-engine.ts";
import { START_COMMAND, startProblem } from "../model/workspace/start-command.ts";
import { askToConfirm } from "./ask-for.ts";
import type { CommandParts, Run } from "./parts.ts";
import { withCancel } from "./progress.ts";
import { requireTrust, workspaceFolder } from "./workspace-file.ts";

const ENDED = "the terminal has ended";

/** Signs in to the engine of this folder; when none serves there, starts it in a terminal first, where its words can be read and Ctrl+C ends it. */
export const startEngine: Run = async (parts) => {
  requireTrust();
  const folder = (await workspaceFolder()).uri;
  const local = partsFor(folder, parts);
  const engine =
    (await withCancel("Looking for an engine in this folder", (signal) => signInToLocal(local, signal))) ?? (await started(folder, local, parts.workbench));
  await parts.session.restart();
  vscode.window.setStatusBarMessage(`Signed in to ${engine.url} as ${engine.as}`, 5_000);
};

const partsFor = (folder: vscode.Uri, parts: CommandParts) =>
  ({
    read: async () => {
      try {
        return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, ...ADMIN_FILE)));
      } catch (error) {
        if (error instanceof vscode.FileSystemError) return undefined; // not there yet
        throw error;
      }
    },
    signIn: ({ address, token }, signal) => signInWithToken(address, token, { ...parts, mayReplace }, signal),
    timers: parts.timers,
  }) satisfies LocalEngineParts<unknown>;

const mayReplace = ({ url, as }: KnownEngine) =>
  askToConfirm(`Sign in to ${url} anew?`, {
    detail: `This window knows it already, as ${as}. ${ADMIN_FILE.join("/")} of this folder has another token or key for it, which takes the place of what is known.`,
    action: "Sign In",
  });

async function started<Signed>(folder: vscode.Uri, local: LocalEngineParts<Signed>, workbench: CommandParts["workbench"]): Promise<Signed> {
  const command = vscode.workspace.getConfiguration("runwright", folder).get<string>("localEngine", START_COMMAND);
  const problem = startProblem(command, (await workbench.program(folder.fsPath)) !== undefined);
  if (problem !== undefined) throw new Error(problem);
  const terminal = vscode.window.createTerminal({
    ...{ name: "Runwright engine", cwd: folder, iconPath: new vscode.ThemeIcon("server-process") },
    // Its log is for programs to read; what is wrong is shown.
    env: { RUNWRIGHT_LOG_LEVEL: "warn" },
    // Started anew with the window, it would run a command that nobody has asked for.
    isTransient: true,
  });
  terminal.show(true);
  terminal.sendText(command);
  return withCancel("Waiting for the engine in the terminal", async (cancel) => {
    const life = new AbortController();
    const off = vscode.window.onDidCloseTerminal((closed) => closed === terminal && life.abort(ENDED));
    try {
      return await waitForLocal(local, AbortSignal.any([cancel, life.signal]));
    } catch (error) {
      if (error === ENDED) throw new Error("The engine's terminal was closed before the engine served.");
      throw error;
    } finally {
      off.dispose();
    }
  });
}
