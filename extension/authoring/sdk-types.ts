import * as vscode from "vscode";
import { SDK_FOLDER } from "../model/authoring/new/sdk-folder-name.ts";
import { findRunbook } from "../model/authoring/runbook-file.ts";
import { isTypeScript } from "./documents.ts";
import { folderAt } from "./folder.ts";

/** Keeps the types of the SDK up to date where nothing is installed. */
export function keepTypes(sdkTypes: vscode.Uri): vscode.Disposable {
  const seen = new Set<string>();

  /** Another version of the extension may bring other types: what an earlier one wrote is written anew, and nothing else. */
  async function refresh(document: vscode.TextDocument): Promise<void> {
    if (!vscode.workspace.isTrusted || !isTypeScript(document) || !findRunbook(document.uri.path, document.getText())) return;
    const folder = vscode.Uri.joinPath(document.uri, "..");
    if (seen.has(folder.toString())) return;
    seen.add(folder.toString());
    if ((await folderAt(folder).read(`${SDK_FOLDER}/runwright.d.ts`)) !== undefined) await writeSdk(folder, sdkTypes, { project: false });
  }

  for (const document of vscode.workspace.textDocuments) void refresh(document);
  return vscode.workspace.onDidOpenTextDocument((document) => void refresh(document));
}

/** Writes the types that come with the extension, and a configuration where there is none. @returns what was written */
async function writeSdk(uri: vscode.Uri, sdkTypes: vscode.Uri, { project }: { project: boolean }): Promise<string[]> {
  const [{ PROJECT_FILE, sdkFiles }, { writeChanged, writeMissing }] = await Promise.all([
    import("../model/authoring/new/sdk-folder.ts"),
    import("../model/authoring/new/write-files.ts"),
  ]);
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(sdkTypes));
  const folder = folderAt(uri);
  const written = await writeChanged(folder, sdkFiles(text));
  const all = project ? [...(await writeMissing(folder, [PROJECT_FILE])), ...written] : written;
  if (all.length > 0) await restartTypeScript();
  return all;
}

/** TypeScript looks for a configuration when a file is opened; of one that comes to be beside it later it learns in some folders only. This happens once a folder. */
async function restartTypeScript(): Promise<void> {
  const commands = await vscode.commands.getCommands(true);
  if (commands.includes("typescript.restartTsServer")) await vscode.commands.executeCommand("typescript.restartTsServer");
}

/** Types and project for a folder in which nothing is installed. @returns what was written */
export const sdkWriter = (extension: vscode.Uri) => (folder: vscode.Uri) => writeSdk(folder, sdkTypesIn(extension), { project: true });

/** Comes with the extension. */
export const sdkTypesIn = (extension: vscode.Uri): vscode.Uri => vscode.Uri.joinPath(extension, "dist", "runwright.d.ts");
