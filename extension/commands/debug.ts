import * as vscode from "vscode";
import { engineOf, type Run } from "./parts.ts";
import { pickJob } from "./pick.ts";
import { jobIn } from "./subject.ts";
import { requireTrust, runbookFile } from "./workspace-file.ts";

/** Debugs a runbook's file, as F5 does where no launch.json says otherwise. */
export const debugRunbook: Run = async (parts, given) => {
  requireTrust();
  const { file, name } = await runbookFile(given);
  await engineOf(parts);
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(file), { type: "runwright", request: "launch", name, program: file.fsPath });
};

/** Repeats what a job did, from its journal, and halts where it failed. */
export const debugJob: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const job = jobIn(given) ?? (await pickJob(client, "Debug a Job", { status: "failed,completed,stopped" }));
  await vscode.debug.startDebugging(folderOfWindow(), { type: "runwright", request: "attach", name: `Replay of ${job}`, job });
};

const folderOfWindow = (): vscode.WorkspaceFolder | undefined => vscode.workspace.workspaceFolders?.[0];
