import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { eventually } from "../../../support/eventually.ts";
import type { World } from "../world.ts";

/** What tests of commands play on. */
export interface Stage {
  world: World;
}

/** On a busy machine. */
export const PATIENCE_MS = 60_000;

/** The document in front. */
export function inFront(): vscode.TextDocument {
  const document = vscode.window.activeTextEditor?.document;
  if (!document) throw new Error("no editor is in front");
  return document;
}
/** Until the document in front says so. */
export const shown = (pattern: RegExp): Promise<string> =>
  eventually(
    `${pattern} in the editor`,
    () => {
      const text = vscode.window.activeTextEditor?.document.getText() ?? "";
      return pattern.test(text) && text;
    },
    PATIENCE_MS,
  ).catch((cause) => {
    const { tabGroups, activeTextEditor } = vscode.window;
    const tabs = tabGroups.all.map(
      ({ isActive, tabs }) => `${isActive ? "> " : ""}${tabs.map(({ label, isActive }) => (isActive ? `[${label}]` : label)).join(" ")}`,
    );
    throw new Error(`${pattern} isn't in front; there is ${tabs.join(" | ")}, and in front ${activeTextEditor?.document.getText().slice(0, 300)}`, { cause });
  });
/** Until a job has come so far. @returns it */
export const reached = (world: World, id: string, ...statuses: string[]): Promise<any> =>
  eventually(
    `${id} is ${statuses.join(" or ")}`,
    async () => {
      const job = await world.api("GET", `/jobs/${id}`);
      return statuses.includes(job.status) && job;
    },
    PATIENCE_MS,
  );

export const newestJob = async (world: World, runbook: string): Promise<any> => (await world.api("GET", `/jobs?limit=1&runbook=${runbook}`)).items[0];
export const run = (world: World, runbook: string, params: object = {}): Promise<any> => world.api("POST", `/runbooks/${runbook}/jobs`, { params });
export const textOf = (uri: vscode.Uri): Promise<string> => readFile(uri.fsPath, "utf8");

/** Folder of the workspace that these tests run in: what is in it are runbooks beside the engine's own command. */
export function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!folder) throw new Error("no folder is open");
  return folder;
}
export const fileIn = (...path: string[]): vscode.Uri => vscode.Uri.file(join(workspaceFolder().fsPath, ...path));
