import * as vscode from "vscode";
import type { Folder } from "../model/authoring/new/write-files.ts";

/** A folder of the workspace, wherever its files really are. */
export const folderAt = (uri: vscode.Uri): Folder => ({
  async read(path) {
    try {
      return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(uri, path)));
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === "FileNotFound") return undefined;
      throw error;
    }
  },
  // Folders on the way are made.
  write: async (path, text) => vscode.workspace.fs.writeFile(vscode.Uri.joinPath(uri, path), new TextEncoder().encode(text)),
});
