import * as vscode from "vscode";
import { isRunwrightError } from "../../engine/core/errors.ts";
import type { RunbookDetails } from "../../engine/protocol/http/runbooks.ts";
import { askModally } from "../messages/say.ts";
import { placeWords } from "../model/authoring/check/status-words.ts";
import type { Client } from "../model/client/client.ts";
import { readTriggers } from "../model/triggers/read-triggers.ts";
import { publishingNote } from "../model/triggers/trigger-words.ts";
import type { Publisher } from "../model/workspace/publisher.ts";
import { reviewText } from "../model/workspace/publishing.ts";
import { askForText, askToConfirm } from "./ask-for.ts";
import { compareWithFile } from "./compare.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { withCancel } from "./progress.ts";
import { requireTrust, rootOf, runbookFile } from "./workspace-file.ts";

interface Publishing {
  parts: CommandParts;
  client: Client;
  publisher: Publisher;
  name: string;
  file: vscode.Uri;
}

async function begin(parts: CommandParts, given: unknown): Promise<Publishing> {
  requireTrust();
  const { file, name } = await runbookFile(given);
  const client = await engineOf(parts);
  const root = rootOf(file, vscode.Uri.joinPath(file, ".."));
  return { parts, client, name, file, publisher: await parts.workbench.publisherFor({ file: file.fsPath, root }, client) };
}

/** Shows what publishing would change, permissions above all; asks; and publishes exactly that, or says who was faster. */
export const publishRunbook: Run = async (parts, given) => review(await begin(parts, given));

async function review(publishing: Publishing): Promise<void> {
  const { parts, client, publisher, name, file } = publishing;
  const by = placeWords(publisher.place);
  const latest = await newestVersion(client, name);
  const change = await withCancel(`Checking ${name} with ${by}`, (signal) => publisher.review({ file: file.fsPath, name }, signal));
  if (!change) return void vscode.window.setStatusBarMessage(`$(check) ${name} is unchanged since version ${latest}`, 8_000);
  await compareWithFile(parts, client, { name, version: latest, file });
  const message = await askForText({ title: `Publish ${name}, version ${latest + 1}`, prompt: "What has changed? (for the version history)" });
  const triggers = await withCancel(`Looking what starts ${name}`, (signal) => readTriggers(client, signal));
  // What only a draft exists of counts as changed at the engine; to who publishes it first it is new.
  const shown = latest === 0 ? { ...change, action: "create" as const } : change;
  const detail = [reviewText(shown), publishingNote(triggers, name, Date.now()), `Checked and bundled by ${by}.`].join("\n\n");
  await askToConfirm(`Publish ${name} as version ${latest + 1}?`, { detail, action: "Publish" });
  await perform(publishing, { message, expected: latest });
}

async function perform(publishing: Publishing, { message, expected }: { message: string; expected: number }): Promise<void> {
  const { parts, publisher, name, file } = publishing;
  const outcome = await withCancel(`Publishing ${name}`, (signal) => publisher.publish({ file: file.fsPath, name, message, expected }, signal));
  await parts.trees["runwright.runbooks"].tree.refresh();
  if (outcome.kind !== "conflict") {
    const words = outcome.kind === "published" ? `Published ${name} version ${outcome.version}` : `${name} is unchanged since version ${outcome.version}`;
    return void vscode.window.setStatusBarMessage(`$(check) ${words}`, 8_000);
  }
  const answer = await askModally(`Somebody else has published ${name} in between.`, `${outcome.detail}\n\nNothing of yours was published.`, "Compare Again");
  if (answer === "Compare Again") await review(publishing);
}

/** Saves the draft, for `Run Draft`. */
export const saveRunbookDraft: Run = async (parts, given) => {
  const { publisher, name, file } = await begin(parts, given);
  await withCancel(`Saving the draft of ${name}, checked by ${placeWords(publisher.place)}`, (signal) =>
    publisher.saveDraft({ file: file.fsPath, name }, signal),
  );
  await parts.trees["runwright.runbooks"].tree.refresh();
  vscode.window.setStatusBarMessage(`$(check) Saved the draft of ${name}`, 8_000);
};

/** 0: there is none. */
export async function newestVersion(client: Client, name: string): Promise<number> {
  try {
    return (await client.ask<RunbookDetails>("GET", `/api/v1/runbooks/${encodeURIComponent(name)}`, { latestVersion: "number" })).latestVersion;
  } catch (error) {
    if (isRunwrightError(error, "RUNBOOK_NOT_FOUND")) return 0;
    throw error;
  }
}
