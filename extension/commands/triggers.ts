import * as vscode from "vscode";
import { stringify } from "yaml";
import { TRIGGER_KINDS, type TriggerKind } from "../../engine/core/trigger-note.ts";
import type { Resource } from "../../engine/protocol/http/resources.ts";
import { inform } from "../messages/say.ts";
import type { Client } from "../model/client/client.ts";
import { readTriggers } from "../model/triggers/read-triggers.ts";
import { triggerState } from "../model/triggers/trigger-words.ts";
import { askToPick } from "./ask-for.ts";
import { type CommandParts, engineOf, type Run } from "./parts.ts";
import { pickRunbook } from "./pick.ts";
import { withCancel } from "./progress.ts";
import { runbookIn } from "./subject.ts";

/** What starts a runbook by itself: picks one and opens its document, read-only. */
export const showTriggers: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const named = triggerIn(given);
  if (named) return await open(parts, client, named);
  const runbook = runbookIn(given);
  const name = runbook ?? (await pickRunbook(client, "What Starts a Runbook"));
  const triggers = await withCancel(`Looking what starts ${name}`, (signal) => readTriggers(client, signal));
  const gaps = triggers.gaps.length === 0 ? "" : ` (${triggers.gaps.join("; ")})`;
  const rows = triggers.of(name).map((note) => ({
    label: `$(${TRIGGER_KINDS[note.kind].icon}) ${note.name}`,
    description: [TRIGGER_KINDS[note.kind].word, triggerState(note, Date.now())].filter(Boolean).join(" · "),
    detail: note.when,
    note,
  }));
  if (rows.length === 0) return void inform(`Nothing starts ${name} by itself${gaps}.`);
  const picked = await askToPick(rows, { title: `What Starts ${name}${gaps}`, placeHolder: "Pick one to see its document" });
  await open(parts, client, picked.note);
};

interface NamedTrigger {
  kind: TriggerKind;
  name: string;
}

function triggerIn(given: unknown): NamedTrigger | undefined {
  const { kind, name } = Object(given);
  return typeof kind === "string" && Object.hasOwn(TRIGGER_KINDS, kind) && typeof name === "string" ? { kind: kind as TriggerKind, name } : undefined;
}

async function open({ documents }: CommandParts, client: Client, { kind, name }: NamedTrigger): Promise<void> {
  const shape = { name: "string", scope: "string", spec: "object" } as const;
  const { scope, spec } = await client.ask<Resource>("GET", `/api/v1/${TRIGGER_KINDS[kind].noun}/${encodeURIComponent(name)}`, shape);
  const uri = documents.keep(stringify({ kind, name, scope, ...spec }), `${name}.yaml`);
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}
