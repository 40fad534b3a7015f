import * as vscode from "vscode";
import { addressOf, SCHEME } from "../model/documents/address.ts";
import type { PlannedFolders } from "./parts.ts";

/** A plan whose last tab was closed won't be applied: its bundles needn't be kept. */
export const forgetClosedPlans = (plans: PlannedFolders): vscode.Disposable =>
  vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
    const open = new Set(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(keyOfTab)));
    for (const key of closed.map(keyOfTab)) if (!open.has(key)) plans.delete(key);
  });

const keyOfTab = ({ input }: vscode.Tab): string => keyOf(input instanceof vscode.TabInputText ? input.uri : undefined);

/** Of the plan that a document shows. Empty: it isn't a document that was kept. */
export function keyOf(uri: vscode.Uri | undefined): string {
  const address = uri?.scheme === SCHEME ? addressOf(uri.path) : undefined;
  return address?.kind === "kept" ? address.key : "";
}
