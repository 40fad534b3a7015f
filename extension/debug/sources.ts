import { basename } from "node:path";
import * as vscode from "vscode";
import type { Job } from "../../engine/protocol/http/jobs.ts";
import type { Client } from "../model/client/client.ts";
import { isAsRecorded, placesOf, type Source } from "../model/debug/recorded-sources.ts";
import type { DebugParts } from "./parts.ts";

const MOST_FILES = 20;

/**
 * The folder whose files are the sources of a job: one of the workspace that holds exactly these, else one of ours, which is written when the sources are known.
 * @returns `isOurs`: the editor opens what is in it read-only, as the manifest says
 */
export async function folderOfSources({ readVersion, storage }: Pick<DebugParts, "readVersion" | "storage">, client: Client, { id, runbook, version }: Job) {
  const ours = { folder: vscode.Uri.joinPath(storage, "recorded", id), isOurs: true };
  // A draft that ran is known by its job alone.
  if (version === null) return ours;
  const { sources } = await readVersion(client, runbook, version);
  for (const file of await vscode.workspace.findFiles(`**/${runbook}.{ts,mts}`, "**/{node_modules,dist}/**", MOST_FILES)) {
    const folder = vscode.Uri.joinPath(file, "..");
    if (sources.some(({ path }) => path === basename(file.path)) && (await isAsRecorded(sources, folder.fsPath, read))) return { folder, isOurs: false };
  }
  return ours;
}

export async function writeSources(sources: readonly Source[], folder: vscode.Uri): Promise<void> {
  for (const { path, text } of placesOf(sources, folder.fsPath)) await vscode.workspace.fs.writeFile(vscode.Uri.file(path), new TextEncoder().encode(text));
}

async function read(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(path)));
  } catch {
    return undefined; // there is no such file
  }
}
