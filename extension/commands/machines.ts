import * as vscode from "vscode";
import type { Command } from "../../engine/protocol/http/machines.ts";
import { selectorProblem } from "../model/authoring/selected-machines.ts";
import type { Grouping } from "../model/trees/machines.ts";
import { askForText, askToPick } from "./ask-for.ts";
import { engineOf, type Run } from "./parts.ts";
import { pickMachine } from "./pick.ts";
import { withCancel } from "./progress.ts";
import { machineIn } from "./subject.ts";

const ASSESS_MS = 65_000;

/** Facts, what it misses, and why. @param update whose verdict is explained, too */
export const openMachine: Run = async (parts, given, update) => {
  const name = machineIn(given) ?? (await pickMachine(await engineOf(parts), "Open Machine"));
  parts.pages.openMachine(name, typeof update === "string" ? update : undefined);
};

/** Lets the machine look again for what it misses. */
export const assessMachine: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const name = machineIn(given) ?? (await pickMachine(client, "Assess Machine"));
  const path = `/api/v1/machines/${encodeURIComponent(name)}/assess`;
  const query = { wait: "60s", refresh: true };
  const { status } = await withCancel(`Assessing ${name}`, (signal) =>
    client.ask<Command>("POST", path, { status: "string" }, { query, signal, timeoutMs: ASSESS_MS }),
  );
  if (status === "failed" || status === "refused" || status === "expired") throw new Error(`${name} wasn't assessed: its command ${status}.`);
  await Promise.all([parts.trees["runwright.machines"].tree.refresh(), parts.trees["runwright.updates"].tree.refresh()]);
};

export const groupMachines: Run = async ({ trees }) => {
  const { tree } = trees["runwright.machines"];
  const now = tree.grouping();
  const rows: { label: string; description: string; grouping: Grouping }[] = [
    { label: "By scope", description: now.by === "scope" ? "as it is" : "", grouping: { by: "scope" } },
    ...tree.tags().map((tag) => ({
      label: `By the tag ${tag}`,
      description: now.by === "tag" && now.tag === tag ? "as it is" : "",
      grouping: { by: "tag" as const, tag },
    })),
    { label: "Not at all", description: now.by === "nothing" ? "as it is" : "", grouping: { by: "nothing" } },
  ];
  tree.group((await askToPick(rows, { title: "Group Machines" })).grouping);
};

export const filterMachines: Run = async ({ trees }) => {
  const { tree } = trees["runwright.machines"];
  const given = await askForText({
    title: "Filter Machines",
    prompt: "A selector, such as os=linux tag:role=web; empty: all",
    value: tree.selector() ?? "",
    validateInput: (text) => (text.trim() === "" ? undefined : selectorProblem(text)),
  });
  tree.select(given.trim() === "" ? undefined : given.trim());
};

/** The name of what a row is about. */
export const copyName: Run = async (_, given) => {
  const name = typeof given === "object" && given !== null && "label" in given ? String(given.label) : "";
  if (name !== "") await vscode.env.clipboard.writeText(name);
};
/** The id of a job, deployment or approval. */
export const copyId: Run = async (_, given) => {
  const id = typeof given === "object" && given !== null && "id" in given ? String(given.id) : "";
  if (id !== "") await vscode.env.clipboard.writeText(id);
};
