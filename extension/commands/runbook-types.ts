import * as vscode from "vscode";
import { inform } from "../messages/say.ts";
import { SDK_FOLDER } from "../model/authoring/new/sdk-folder-name.ts";
import { engineOf, type Run } from "./parts.ts";
import { withCancel } from "./progress.ts";
import { requireTrust } from "./workspace-file.ts";

/**
 * Brings the types of the SDK into a folder where nothing is installed.
 * @param given a folder, a runbook in it, or nothing: then the one in the editor
 * @param only `ifMissing`: whoever didn't ask for it is told of what was written, and of nothing else
 */
export const setUpTypes: Run = async ({ workbench, writeSdk }, given, only) => {
  requireTrust();
  const ifMissing = only === "ifMissing";
  const folder = folderOf(given);
  const installed = await workbench.program(folder.fsPath);
  if (installed) return ifMissing ? undefined : say(`runwright ${installed.version} is installed here: its own types are used.`);
  const { writtenWords } = await import("../model/authoring/new/write-files.ts");
  const written = await writeSdk(folder);
  if (written.length > 0 || !ifMissing) say(writtenWords(written, SDK_FOLDER));
  return undefined;
};

/** Writes the names of what exists on the engine as types. */
export const updateTypes: Run = async (parts, given) => {
  const folder = folderOf(given);
  const client = await engineOf(parts);
  const { ENGINE_TYPES_FILE, engineTypes } = await import("../model/authoring/new/engine-types.ts");
  const found = await withCancel("Asking the engine what exists", (signal) => engineTypes(client, signal));
  await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, ENGINE_TYPES_FILE), new TextEncoder().encode(found.text));
  say(`Wrote ${ENGINE_TYPES_FILE}: ${found.assets} assets, ${found.runbooks} runbooks, ${found.tags} tags.`);
};

/** @throws when there is no file and no folder */
function folderOf(given: unknown): vscode.Uri {
  const uri = given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  if (uri && uri.scheme === "file") return /\.[^/]+$/.test(uri.path) ? vscode.Uri.joinPath(uri, "..") : uri;
  const [first] = vscode.workspace.workspaceFolders ?? [];
  if (!first) throw new Error("Open a folder first.");
  return vscode.Uri.joinPath(first.uri, "runbooks");
}

const say = (text: string): void => void inform(text);
