import * as vscode from "vscode";
import type { Run } from "./parts.ts";

/** Of the manifest, which names it only with the extension's own id before it. */
const WALKTHROUGH = "firstRunbook";

export const openWalkthrough: Run = ({ context }) =>
  vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#${WALKTHROUGH}`, false);
