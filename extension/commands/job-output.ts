import { open } from "node:fs/promises";
import * as vscode from "vscode";
import { addressOf, authorityOf } from "../model/documents/address.ts";
import { entryText } from "../model/jobs/entry-text.ts";
import { readJob } from "../model/jobs/live-job.ts";
import { streamPages } from "../model/jobs/stream-pages.ts";
import { engineOf, type Run } from "./parts.ts";
import { pickJob } from "./pick.ts";
import { withCancel } from "./progress.ts";
import { jobIn } from "./subject.ts";

/** Opens what a job writes, live. */
export const openJobOutput: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const id = jobIn(given) ?? (await pickJob(client, "Open Output"));
  const { runbook } = await readJob(client, id);
  await parts.documents.open({ kind: "job", id, title: runbook });
};

/** Writes all of an output to a file, however long it is. */
export const saveJobOutput: Run = async (parts, given) => {
  const client = await engineOf(parts);
  const uri = vscode.window.activeTextEditor?.document.uri;
  const shown = uri?.authority === authorityOf(client.address.url) ? addressOf(uri.path) : undefined;
  const id = jobIn(given) ?? (shown?.kind === "job" ? shown.id : await pickJob(client, "Save Output"));
  const target = await vscode.window.showSaveDialog({ title: "Save Whole Output", filters: { Text: ["log", "txt"] }, saveLabel: "Save" });
  if (!target) return;
  await withCancel(`Saving the output of ${id}`, async (signal) => {
    const file = await open(target.fsPath, "w");
    try {
      for await (const page of streamPages(client, id, { after: 0, signal })) await file.appendFile(`${page.map(entryText).join("\n")}\n`);
    } finally {
      await file.close();
    }
  });
};
