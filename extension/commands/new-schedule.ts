import * as vscode from "vscode";
import { scheduleFile, scheduleText } from "../model/workspace/schedule-file.ts";
import { engineOf, type Run } from "./parts.ts";
import { pickRunbook } from "./pick.ts";
import { runbookIn } from "./subject.ts";
import { workspaceFolder } from "./workspace-file.ts";

/** Writes a schedule beside the runbooks and opens it; one that is there is opened as it is. */
export const newSchedule: Run = async (parts, given) => {
  const folder = vscode.Uri.joinPath((await workspaceFolder()).uri, "runbooks");
  const runbook = runbookIn(given) ?? (await pickRunbook(await engineOf(parts), "New Schedule"));
  const file = vscode.Uri.joinPath(folder, scheduleFile(runbook));
  const isThere = await Promise.resolve(vscode.workspace.fs.stat(file)).then(
    () => true,
    () => false,
  );
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (!isThere) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(scheduleText({ runbook, timeZone })));
  await vscode.window.showTextDocument(file, { preview: false });
};
