import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import type { DebugBegun } from "../../engine/protocol/http/debug.ts";
import { askModally } from "../messages/say.ts";
import type { Client } from "../model/client/client.ts";
import type { Adapter, Printed } from "../model/debug/adapter.ts";
import { entryText } from "../model/jobs/entry-text.ts";
import { readJob } from "../model/jobs/live-job.ts";
import { attachBelow } from "./attach.ts";
import type { DebugParts, Prepared } from "./parts.ts";
import { folderOfSources, writeSources } from "./sources.ts";

const BEGUN = { session: "string", ticket: "string", job: "object", sources: "array" } as const;
/** An engine may start a process for it. */
const TIMEOUT_MS = 60_000;

const LAST_WORDS_MS = 200;

type OnEngine = Exclude<Prepared, { kind: "fleet" }>;

interface Place {
  begun: DebugBegun;
  /** Of the sources. */
  folder: vscode.Uri;
  file: vscode.Uri;
}

/** Goes through one session of the editor: asks the engine for it, attaches VS Code's debugger, and tells what happens in the debug console. */
export async function goThrough(
  {
    client,
    prepared,
    parts,
    parent,
    adapter,
  }: { client: Client; prepared: OnEngine; parts: DebugParts; parent: vscode.DebugSession; adapter: Pick<Adapter, "print" | "finished"> },
  signal: AbortSignal,
): Promise<{ end(): void }> {
  const [{ connectSession }, { openSocket }, { openRelay }, words] = await Promise.all([
    import("../model/debug/debug-session.ts"),
    import("../model/client/web-socket.ts"),
    import("../model/debug/relay.ts"),
    import("../model/debug/step-text.ts"),
  ]);
  const { begun, folder, file } = await begin();
  signal.throwIfAborted();
  const { job } = begun;
  const print = (text: string, about?: Printed) => adapter.print(text, about);
  const at = (site: string | null): Printed => {
    const place = words.siteOf(site);
    return place ? { ...place, path: isAbsolute(place.path) ? place.path : join(folder.fsPath, place.path) } : {};
  };
  print(headOf(prepared, client, job.id));
  const unfollow = parts.events.follow(job.id, 0, {
    onEntries: (entries) => {
      for (const entry of entries) print(entryText(entry), { category: entry.kind === "log" && entry.level === "error" ? "stderr" : "stdout" });
    },
    onStatus() {},
    onEnded() {},
    onRefused: (detail) => print(detail, { category: "stderr" }),
    onLive() {},
  });
  parts.changed();

  return connectSession({
    ...{ begun, file: file.toString(true) },
    open: (door, listener) => openSocket({ address: client.address, token: client.token, ...door }, listener),
    relay: openRelay,
    listener: {
      onListening: (url) => void attach(url),
      onStep: (step) => print(words.stepText(step), at(step.site)),
      onHalted() {},
      async onQuestion(write) {
        const { question, detail } = words.questionText(write);
        return (await askModally(question, detail, "Do It")) === "Do It";
      },
      onEnded(ended, problem) {
        const { text, isFine } = words.endText(ended, problem);
        // What it wrote last may still be on its way.
        parts.timers.after(LAST_WORDS_MS, () => {
          unfollow();
          print(text, { category: isFine ? "console" : "stderr" });
          adapter.finished(isFine ? 0 : 1);
          parts.changed();
        });
      },
    },
  });

  async function begin(): Promise<Place> {
    if (prepared.kind === "run") {
      const { file, runbook, draft, version, params, dry, machine } = prepared;
      const folder = vscode.Uri.joinPath(file, "..");
      const body = {
        ...{ runbook, params, dry, sourceRoot: rootOf(folder) },
        ...(draft ? { draft: true, bundleHash: draft.bundleHash } : { version }),
        ...(machine === undefined ? {} : { machine }),
      };
      const begun = await client.ask<DebugBegun>("POST", "/api/v1/debug", BEGUN, { body, signal, timeoutMs: TIMEOUT_MS });
      return { begun, folder, file };
    }
    const { job: id, from, allow } = prepared;
    const before = await readJob(client, id, signal);
    const { folder, isOurs } = await folderOfSources(parts, client, before);
    const body = { allow, ask: true, sourceRoot: rootOf(folder), ...(from === undefined ? {} : { from }) };
    const path = `/api/v1/jobs/${encodeURIComponent(id)}/replay`;
    const begun = await client.ask<DebugBegun>("POST", path, BEGUN, { body, signal, timeoutMs: TIMEOUT_MS });
    if (isOurs) await writeSources(begun.sources, folder);
    return { begun, folder, file: vscode.Uri.joinPath(folder, `${before.runbook}.ts`) };
  }

  async function attach(url: string): Promise<void> {
    if (!(await attachBelow(parent, url, job.runbook))) adapter.finished(1);
  }
}

/** As the JavaScript debugger names folders. */
const rootOf = (folder: vscode.Uri): string => `${folder.toString()}/`;

function headOf(prepared: OnEngine, { address }: Client, job: string): string {
  if (prepared.kind === "replay")
    return `${job} repeats ${prepared.job} on ${address.url}, from its journal, and halts where it failed. It does no write unless you allow it.`;
  const { by, dry, machine } = prepared;
  const how = [dry ? "dry: writes are recorded and shown, not done" : "", machine === undefined ? "" : `only on ${machine}`].filter(Boolean);
  return `${by}. It runs on the engine ${address.url} as ${job}${how.length > 0 ? `; ${how.join(", ")}` : ""}.`;
}
