import { basename, dirname } from "node:path";
import * as vscode from "vscode";
import { relativeTime } from "../../engine/core/relative-time.ts";
import type { Diff } from "../../engine/protocol/http/runbooks.ts";
import type { Client } from "../model/client/client.ts";
import { versionsOf } from "../model/client/lists.ts";
import { askToPick } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { pickRunbook } from "./pick.ts";
import { runbookIn, versionIn } from "./subject.ts";

/** Label, older, newer: what VS Code's editor of several differences takes. */
type Change = [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined];

async function showChanges(title: string, changes: readonly Change[]): Promise<void> {
  const [only] = changes;
  if (changes.length === 1 && only?.[1] && only[2]) await vscode.commands.executeCommand("vscode.diff", only[1], only[2], title);
  else await vscode.commands.executeCommand("vscode.changes", title, changes);
}

/** The published sources beside the files of the workspace. */
export async function compareWithFile(
  parts: CommandParts,
  client: Client,
  { name, version, file }: { name: string; version: number; file: vscode.Uri },
): Promise<void> {
  const { documents } = parts;
  if (version === 0) return showChanges(`${name}: new`, [[file, documents.keep("", `${name}.ts`), file]]);
  const { sources } = await documents.readVersion(client, name, version);
  const folder = vscode.Uri.joinPath(file, "..");
  const changes = sources.map(({ path }): Change => {
    const own = basename(file.path) === path || basename(path) === basename(file.path) ? file : vscode.Uri.joinPath(folder, path);
    return [own, documents.uriOf({ kind: "source", runbook: name, version, path }), own];
  });
  const differing: Change[] = [];
  for (const [index, change] of changes.entries()) if (await differs(change[2], sources[index]?.text ?? "")) differing.push(change);
  await showChanges(`${name}: version ${version} ↔ ${basename(dirname(file.path))}/${basename(file.path)}`, differing.length > 0 ? differing : changes);
}

async function differs(file: vscode.Uri | undefined, text: string): Promise<boolean> {
  if (!file) return true;
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file)) !== text;
  } catch {
    return true; // it was removed
  }
}

/** Two versions, with what changes about permissions first. */
async function compareVersions(parts: CommandParts, client: Client, { name, from, to }: { name: string; from: number; to: number }): Promise<void> {
  const { documents } = parts;
  const [older, newer, diff] = await Promise.all([
    documents.readVersion(client, name, from),
    documents.readVersion(client, name, to),
    client.ask<Diff>("GET", `/api/v1/runbooks/${encodeURIComponent(name)}/diff`, { files: "array", permissions: "array" }, { query: { from, to } }),
  ]);
  const uri = (version: number, path: string) => documents.uriOf({ kind: "source", runbook: name, version, path });
  const has = (version: typeof older, path: string) => version.sources.some((one) => one.path === path);
  const changes = diff.files.map(
    ({ path }): Change => [uri(to, path), has(older, path) ? uri(from, path) : undefined, has(newer, path) ? uri(to, path) : undefined],
  );
  const permissions = diff.permissions.map(({ text, widened }) => `${widened ? "! " : "  "}${text}`).join("\n");
  const title = `${name}: version ${from} ↔ ${to}`;
  if (permissions !== "") {
    const [was, is] = [older, newer].map(({ manifest }) => documents.keep(`${JSON.stringify(manifest.permissions, null, 2)}\n`, `${name}.permissions.json`));
    if (was && is) changes.unshift([is, was, is]);
  }
  if (changes.length === 0) throw new Error(`Versions ${from} and ${to} of ${name} have the same sources and permissions.`);
  await showChanges(diff.widened ? `${title} (permissions become wider)` : title, changes);
}

/** A version with the one before it; without a version, any two that somebody picks. */
export const compareRunbookVersions: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const version = versionIn(given);
  if (version) return compareVersions(parts, client, { name: version.runbook, from: Math.max(1, version.version - 1), to: version.version });
  const name = runbookIn(given) ?? (await pickRunbook(client, "Compare Versions"));
  const to = await pickVersion(client, name, { title: `Compare ${name}`, placeHolder: "The newer version" });
  const from = await pickVersion(client, name, { title: `Compare ${name}`, placeHolder: `The version that ${to} is compared with`, below: to });
  return compareVersions(parts, client, { name, from, to });
};

/** @throws CancellationError, or without any */
export async function pickVersion(
  client: Client,
  name: string,
  { title, placeHolder, below = Number.POSITIVE_INFINITY }: { title: string; placeHolder: string; below?: number },
): Promise<number> {
  const { items } = await client.page(versionsOf(name));
  const rows = items
    .filter(({ version }) => version < below)
    .map(({ version, publishedBy, publishedAt, message }) => ({
      label: `Version ${version}`,
      description: `${publishedBy} · ${relativeTime(publishedAt, Date.now())}`,
      detail: message,
      version,
    }));
  if (rows.length === 0) throw new Error(`${name} has no ${below === Number.POSITIVE_INFINITY ? "" : "earlier "}published version.`);
  return (await askToPick(rows, { title, placeHolder })).version;
}
