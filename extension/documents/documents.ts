import * as vscode from "vscode";
import type { Client } from "../model/client/client.ts";
import { addressOf, authorityOf, type DocumentAddress, engineIn, pathOf, SCHEME } from "../model/documents/address.ts";
import { createVersionReader, readDeploymentPlanText } from "../model/documents/fetched.ts";
import { createKeptTexts, type KeptTexts } from "../model/documents/kept.ts";
import { createLiveTexts } from "../model/documents/live-texts.ts";
import type { Events } from "../model/events.ts";
import type { Timers } from "../model/timers.ts";

export interface Documents extends vscode.Disposable {
  uriOf(address: DocumentAddress): vscode.Uri;
  open(address: DocumentAddress, options?: vscode.TextDocumentShowOptions): Promise<vscode.TextEditor>;
  /** A document with this text. The newest ones are kept while the window is open: an editor of several differences opens and closes its documents as it likes. */
  keep(text: string, title: string): vscode.Uri;
  readVersion: ReturnType<typeof createVersionReader>;
}

interface Parts {
  client(): Promise<Client | undefined>;
  /** URL of the engine that this window works with now. */
  engine(): string | undefined;
  /** Of the connection: another engine, among other things. */
  onChange(listener: () => void): () => void;
  events: Events;
  timers: Timers;
}

/** What an engine knows, as read-only documents: output of jobs, sources of versions, plans, machines. */
export function createDocuments({ client, engine, onChange, events, timers }: Parts): Documents {
  const changes = new vscode.EventEmitter<vscode.Uri>();
  const kept: KeptTexts = createKeptTexts();
  const readVersion = createVersionReader();
  /** Jobs that are shown, by id. */
  const open = new Map<string, vscode.Uri>();
  /** Documents that change with the engine, by URI: those of jobs, and those that couldn't be read because of another one. */
  const bound = new Map<string, vscode.Uri>();
  const live = createLiveTexts({
    ...{ client, events, timers },
    onChange(jobId) {
      const uri = open.get(jobId);
      if (uri) changes.fire(uri);
    },
  });
  const authority = () => authorityOf(engine() ?? "");
  const uriOf = (address: DocumentAddress) => vscode.Uri.from({ scheme: SCHEME, authority: address.kind === "kept" ? "" : authority(), path: pathOf(address) });

  async function textOf(address: DocumentAddress): Promise<string> {
    if (address.kind === "job") return live.text(address.id);
    if (address.kind === "kept") return kept.text(address.key) ?? "This was made in an earlier session; make it anew.\n";
    const asked = await client();
    if (!asked) return "The engine can't be reached; open this again when it is back.\n";
    switch (address.kind) {
      case "source": {
        const { sources } = await readVersion(asked, address.runbook, address.version);
        return sources.find(({ path }) => path === address.path)?.text ?? "";
      }
      case "deploymentPlan":
        return readDeploymentPlanText(asked, address.id);
    }
  }

  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changes.event,
    async provideTextDocumentContent(uri) {
      const address = addressOf(uri.path);
      if (!address) return "There is no such document.\n";
      const isElsewhere = address.kind !== "kept" && uri.authority !== authority();
      if (isElsewhere || address.kind === "job") bound.set(uri.toString(), uri);
      if (isElsewhere) return `This is of the engine ${engineIn(uri.authority)}; this window works with ${engine() ?? "none"} now.\n`;
      if (address.kind === "job") open.set(address.id, uri);
      try {
        return await textOf(address);
      } catch (error) {
        return `${error instanceof Error ? error.message : String(error)}\n`;
      }
    },
  };
  const opened = vscode.workspace.onDidOpenTextDocument(({ uri }) => {
    const address = uri.scheme === SCHEME ? addressOf(uri.path) : undefined;
    if (address?.kind !== "job") return;
    if (open.get(address.id)?.toString() === uri.toString()) live.opened(address.id);
    else changes.fire(uri); // the engine was switched meanwhile
  });
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => {
    const address = uri.scheme === SCHEME ? addressOf(uri.path) : undefined;
    bound.delete(uri.toString());
    if (address?.kind !== "job" || open.get(address.id)?.toString() !== uri.toString()) return;
    open.delete(address.id);
    live.close(address.id);
  });
  let last = engine();
  const off = onChange(() => {
    if (engine() === last) return;
    last = engine();
    live.stop();
    open.clear();
    for (const uri of bound.values()) changes.fire(uri);
  });
  const registered = vscode.Disposable.from(
    changes,
    opened,
    closed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, provider),
    { dispose: off },
    { dispose: live.stop },
  );
  return {
    uriOf,
    readVersion,
    keep: (text, title) => uriOf({ kind: "kept", key: kept.keep(text), title }),
    async open(address, options = {}) {
      const uri = uriOf(address);
      const document = await vscode.workspace.openTextDocument(uri);
      // A page that is opened again is read again.
      if (address.kind === "deploymentPlan") changes.fire(uri);
      return vscode.window.showTextDocument(document, { preview: true, ...options });
    },
    dispose: () => registered.dispose(),
  };
}
