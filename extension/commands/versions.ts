import * as vscode from "vscode";
import type { Published } from "../../engine/protocol/http/runbooks.ts";
import { runbookNameOf } from "../model/workspace/publishing.ts";
import { askForText, askToConfirm } from "./ask-for.ts";
import { pickVersion } from "./compare.ts";
import { engineOf, type Run } from "./parts.ts";
import { pickRunbook } from "./pick.ts";
import { newestVersion } from "./publish.ts";
import { runbookIn, versionIn } from "./subject.ts";

/** Opens the sources of a version, read-only. */
export const openVersion: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const named = versionIn(given) ?? (await picked(parts, given, "Open Source"));
  const { sources } = await parts.documents.readVersion(client, named.runbook, named.version);
  const main = sources.find(({ path }) => runbookNameOf(path) === named.runbook) ?? sources[0];
  if (!main) throw new Error(`Version ${named.version} of ${named.runbook} was published without its sources.`);
  await parts.documents.open({ kind: "source", ...named, path: main.path });
};

/** History: picks a version and opens it. */
export const showHistory: Run = (parts, given) => openVersion(parts, given);

/** Publishes an earlier version once more, as the newest: what was published stays as it is. */
export const rollBackRunbook: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const { runbook, version } = versionIn(given) ?? (await picked(parts, given, "Roll Back"));
  const newest = await newestVersion(client, runbook);
  if (version === newest) throw new Error(`Version ${version} of ${runbook} is the newest already.`);
  const message = await askForText({
    title: `Roll Back ${runbook} to Version ${version}`,
    prompt: "Why? (for the version history)",
    value: `Back to version ${version}`,
  });
  await askToConfirm(`Publish version ${version} of ${runbook} again, as version ${newest + 1}?`, { action: "Roll Back" });
  const path = `/api/v1/runbooks/${encodeURIComponent(runbook)}/rollback`;
  const body = { version, message, expectedVersion: newest };
  const { version: made } = await client.ask<Published>("POST", path, { version: "object" }, { body });
  await parts.trees["runwright.runbooks"].tree.refresh();
  vscode.window.setStatusBarMessage(`$(check) Published ${runbook} version ${made.version}, as version ${version} was`, 8_000);
};

async function picked(parts: Parameters<Run>[0], given: unknown, title: string): Promise<{ runbook: string; version: number }> {
  const client = await engineOf(parts);
  const runbook = runbookIn(given) ?? (await pickRunbook(client, title));
  return { runbook, version: await pickVersion(client, runbook, { title: `${title}: ${runbook}`, placeHolder: "Which version?" }) };
}
