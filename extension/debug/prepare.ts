import * as vscode from "vscode";
import type { Draft, VersionWithSources } from "../../engine/protocol/http/runbooks.ts";
import { progressBelow } from "../messages/say.ts";
import { placeWords } from "../model/authoring/check/status-words.ts";
import type { Client } from "../model/client/client.ts";
import { wishesIn } from "../model/debug/configuration.ts";
import { readJob } from "../model/jobs/live-job.ts";
import { testPlaceFor } from "../model/testing/place.ts";
import { runbookNameOf } from "../model/workspace/publishing.ts";
import type { DebugParts, Prepared } from "./parts.ts";

/**
 * What a session begins with: the draft is saved, checked where publishing would check it, and what the configuration doesn't say is asked.
 * @throws what is wrong with the configuration, the file or the engine; CancellationError
 */
export async function prepare(
  parts: DebugParts,
  engine: () => Promise<Client>,
  configuration: vscode.DebugConfiguration,
  signal: AbortSignal,
): Promise<Prepared> {
  const wishes = wishesIn(configuration);
  if (wishes.kind === "fleet") return inFleet(parts, wishes);
  const client = await engine();
  if (wishes.kind === "replay") {
    await readJob(client, wishes.job, signal); // one that isn't there is told before anything begins
    return wishes;
  }
  const { program, version, dry, machine } = wishes;
  const { file, runbook } = runbookIn(program);
  const { manifest, by, ...content } =
    version === undefined ? await savedDraft(parts, client, { file, runbook }, signal) : await published(client, runbook, version);
  const known = { kind: "run", runbook, file, version, by, ...content } as const;
  if (wishes.params !== undefined) return { ...known, params: wishes.params, dry, machine };
  const hasQuestions = Object.keys(Object(Object(manifest.parameters).properties)).length > 0 || Object.keys(Object(manifest.permissions)).length > 0;
  const fleet = version === undefined ? await fleetBeside(file) : undefined;
  if (!hasQuestions && fleet === undefined) return { ...known, params: {}, dry, machine };
  const title = `Debug ${runbook}, ${version === undefined ? "draft" : `version ${version}`}`;
  const { isInFleet, ...answers } = await parts.ask(client, {
    name: runbook,
    manifest,
    title,
    machine,
    fleet: fleet && vscode.workspace.asRelativePath(fleet),
  });
  if (isInFleet && fleet) return inFleet(parts, { program, fleet: fleet.fsPath, params: answers.params, dry: dry || answers.dry });
  return { ...known, ...answers, dry: dry || answers.dry };
}

/** On this computer, in the workspace's own program: asked for nothing, so that it needs no engine. */
async function inFleet(
  { workbench }: DebugParts,
  { program: path, ...wishes }: { program: string; fleet: string; params: Readonly<Record<string, unknown>> | undefined; dry: boolean },
) {
  const { file, runbook } = runbookIn(path);
  const place = await testPlaceFor(vscode.Uri.joinPath(file, "..").fsPath, { isTrusted: vscode.workspace.isTrusted, program: workbench.program });
  if (place.kind === "nowhere") throw new Error(NO_FLEET[place.why]);
  return { kind: "fleet", program: place.program, runbook, file, ...wishes } as const;
}

const NO_FLEET = {
  untrusted: "This workspace is in Restricted Mode: a fake fleet is a program of its own, and none runs before you trust it.",
  notInstalled: "A fake fleet runs in the workspace's own runwright, and none is installed here: npm install --save-dev runwright",
} as const;

function runbookIn(path: string): { file: vscode.Uri; runbook: string } {
  const file = vscode.Uri.file(path);
  const runbook = runbookNameOf(file.path);
  if (runbook === undefined) throw new Error(`${vscode.workspace.asRelativePath(file)} can't be a runbook: a name has lower-case letters, digits and "-".`);
  return { file, runbook };
}

/** `restart.fleet.ts` beside `restart.ts`. */
async function fleetBeside(file: vscode.Uri): Promise<vscode.Uri | undefined> {
  const fleet = file.with({ path: file.path.replace(/\.(m?ts)$/, ".fleet.$1") });
  try {
    await vscode.workspace.fs.stat(fleet);
    return fleet;
  } catch {
    return undefined; // there is none
  }
}

async function savedDraft(parts: DebugParts, client: Client, { file, runbook }: { file: vscode.Uri; runbook: string }, signal: AbortSignal) {
  const root = (vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, "..")).fsPath;
  const publisher = await parts.workbench.publisherFor({ file: file.fsPath, root }, client);
  const by = placeWords(publisher.place);
  const save = () => publisher.saveDraft({ file: file.fsPath, name: runbook }, signal);
  const { manifest, bundleHash }: Draft = await progressBelow(`$(debug-alt) Checking ${runbook} with ${by}`, save);
  return { manifest, by: `Checked and bundled by ${by}`, draft: { bundleHash } };
}

async function published(client: Client, runbook: string, version: number) {
  const path = `/api/v1/runbooks/${encodeURIComponent(runbook)}/versions/${version}`;
  const { manifest } = await client.ask<VersionWithSources>("GET", path, { version: "number", manifest: "object" });
  return { manifest, by: `Version ${version}, as it was published`, draft: undefined };
}
