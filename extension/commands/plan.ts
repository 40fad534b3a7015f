import { basename } from "node:path";
import * as vscode from "vscode";
import { counted } from "../../engine/core/counted.ts";
import { isRunwrightError } from "../../engine/core/errors.ts";
import { askModally } from "../messages/say.ts";
import { placeWords } from "../model/authoring/check/status-words.ts";
import { planText } from "../model/documents/plan-text.ts";
import { askToConfirm } from "./ask-for.ts";
import { keyOf } from "./closed-plans.ts";
import { engineOf, type Run } from "./parts.ts";
import { withCancel } from "./progress.ts";
import { requireTrust, rootOf, workspaceFolder } from "./workspace-file.ts";

/** What the files of a folder would change at the engine, as a document with a button to do it. */
export const planWorkspace: Run = async (parts, given) => {
  requireTrust();
  const folder = given instanceof vscode.Uri ? given : (await workspaceFolder()).uri;
  if (folder.scheme !== "file") throw new Error("Planning needs a folder on disk.");
  const client = await engineOf(parts);
  const publisher = await parts.workbench.publisherFor({ folder: folder.fsPath, root: rootOf(folder, folder) }, client);
  const by = placeWords(publisher.place);
  const planned = await withCancel(`Planning ${basename(folder.path)} with ${by}`, (signal) => publisher.plan(folder.fsPath, signal));
  const { plan } = planned;
  // Only what can be applied has the button for it.
  const title = `${basename(folder.path)}.${plan.changes.length > 0 ? "runplan" : "plan.txt"}`;
  const uri = parts.documents.keep(planText(plan, { folder: vscode.workspace.asRelativePath(folder), engine: client.address.url, by }), title);
  if (plan.changes.length > 0) parts.plans.set(keyOf(uri), { folder: folder.fsPath, url: client.address.url, planned });
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
};

/** Does exactly what the plan in the editor says, or nothing. */
export const applyWorkspace: Run = async (parts, given) => {
  requireTrust();
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  const key = keyOf(uri);
  const kept = parts.plans.get(key);
  if (!kept) throw new Error("Make a plan first: Runwright: Plan Workspace.");
  const client = await engineOf(parts);
  if (client.address.url !== kept.url) throw new Error(`This plan is for ${kept.url}; this window works with ${client.address.url} now.`);
  await askToConfirm(`Apply this plan to ${kept.url}?`, { action: "Apply" });
  try {
    const done = await withCancel(`Applying ${basename(kept.folder)}`, (signal) => kept.planned.apply(client, signal));
    vscode.window.setStatusBarMessage(`$(check) Applied ${counted(done.changes.length, "change")}`, 8_000);
  } catch (error) {
    if (!isRunwrightError(error, "PLAN_CHANGED")) throw error;
    const answer = await askModally("Something has changed since this plan was made.", `${error.message}\n\nNothing was applied.`, "Plan Again");
    if (answer === "Plan Again") await planWorkspace(parts, vscode.Uri.file(kept.folder));
  }
  parts.plans.delete(key);
  await Promise.all(Object.values(parts.trees).map(({ tree }) => tree.refresh()));
};
