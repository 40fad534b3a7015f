import * as vscode from "vscode";
import { readJob } from "../model/jobs/live-job.ts";
import { engineOf, type Run } from "./parts.ts";

interface Place {
  job: string;
  path: string;
  line: number;
  column: number;
}

/**
 * Where a stack of a job leads: the file of the workspace when it is what ran, else the version's own source. Of a draft only the file is there.
 */
export const openSource: Run = async (parts, given) => {
  const place = placeIn(given);
  if (!place) return;
  const { runbook, version } = await readJob(await engineOf(parts), place.job);
  const at = new vscode.Position(Math.max(0, place.line - 1), Math.max(0, place.column - 1));
  const options = { selection: new vscode.Range(at, at), preview: true };
  const files = await vscode.workspace.findFiles(`**/${place.path}`, "**/node_modules/**", 20);
  if (version === null) {
    const [file] = files;
    if (!file) throw new Error(`The draft's ${place.path} isn't in this workspace.`);
    await vscode.window.showTextDocument(file, options);
    return;
  }
  const { sources } = await parts.documents.readVersion(await engineOf(parts), runbook, version);
  const text = sources.find(({ path }) => path === place.path)?.text;
  if (text === undefined) throw new Error(`Version ${version} of ${runbook} was published without ${place.path}.`);
  for (const file of files) {
    if (new TextDecoder().decode(await vscode.workspace.fs.readFile(file)) !== text) continue;
    await vscode.window.showTextDocument(file, options);
    return;
  }
  await parts.documents.open({ kind: "source", runbook, version, path: place.path }, options);
};

function placeIn(given: unknown): Place | undefined {
  if (typeof given !== "object" || given === null || !("job" in given) || !("path" in given) || !("line" in given) || !("column" in given)) return undefined;
  const { job, path, line, column } = given;
  // It becomes a pattern of file names.
  if (typeof job !== "string" || typeof path !== "string" || !/^[\w@./-]+$/.test(path) || typeof line !== "number" || typeof column !== "number")
    return undefined;
  return { job, path, line, column };
}
