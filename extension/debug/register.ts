import * as vscode from "vscode";
import { complain } from "../messages/say.ts";
import { findRunbook } from "../model/authoring/runbook-file.ts";
import { createAdapter, type DapMessage } from "../model/debug/adapter.ts";
import { wishesIn } from "../model/debug/configuration.ts";
import { goThroughFleet } from "./fleet-session.ts";
import type { DebugParts, Prepared } from "./parts.ts";
import { prepare } from "./prepare.ts";
import { goThrough } from "./session.ts";

export const TYPE = "runwright";
/** Whether the editor in front has a runbook: F5 debugs it where no launch.json says otherwise. */
const CONTEXT_KEY = "runwright.isRunbook";

/** Debugging of runbooks and replay of jobs: launch configurations of type `runwright`. */
export function registerDebug(parts: DebugParts): vscode.Disposable {
  /** By the configuration's key, until its session takes it: who restarts a session gets what the file is then. */
  const ready = new Map<string, Prepared>();
  let keys = 0;

  const provider: vscode.DebugConfigurationProvider = {
    provideDebugConfigurations: () => [INITIAL],
    resolveDebugConfiguration(_, configuration) {
      // F5 without any launch.json, or "Run and Debug" with this debugger picked.
      if (configuration.type || configuration.request || configuration.name) return configuration;
      const document = vscode.window.activeTextEditor?.document;
      if (document && findRunbook(document.uri.path, document.getText())) return { ...INITIAL, name: "Debug Runbook", program: document.uri.fsPath };
      return told("Open a runbook first: this debugger runs one in the engine's sandbox.");
    },
    async resolveDebugConfigurationWithSubstitutedVariables(_, configuration, token) {
      const life = new AbortController();
      const off = token?.onCancellationRequested(() => life.abort());
      try {
        wishesIn(configuration);
        const prepared = await prepare(parts, engine, configuration, life.signal);
        const key = String(++keys);
        ready.set(key, prepared);
        const { params, dry } = prepared.kind === "replay" ? {} : prepared;
        const { machine } = prepared.kind === "run" ? prepared : {};
        const { fleet } = prepared.kind === "fleet" ? prepared : {};
        // What was answered holds for a restart, too.
        return { ...configuration, __prepared: key, ...(params && { params }), ...(dry && { dry }), ...(machine && { machine }), ...(fleet && { fleet }) };
      } catch (error) {
        if (error instanceof vscode.CancellationError || life.signal.aborted) return undefined;
        return told(error instanceof Error ? error.message : String(error));
      } finally {
        off?.dispose();
      }
    },
  };

  async function engine() {
    const client = await parts.client();
    if (!client) throw new Error("Debugging runs on an engine: sign in to one first.");
    return client;
  }

  function take({ configuration }: vscode.DebugSession): Prepared | undefined {
    const key = String(configuration.__prepared);
    const found = ready.get(key);
    ready.delete(key);
    return found;
  }

  function adapterFor(parent: vscode.DebugSession): vscode.DebugAdapter {
    const messages = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
    const life = new AbortController();
    let session: { end(): void } | undefined;
    const adapter = createAdapter({
      send: (message: DapMessage) => messages.fire(message),
      async begin() {
        const prepared = take(parent) ?? (await prepare(parts, engine, parent.configuration, life.signal));
        if (prepared.kind === "fleet") session = await goThroughFleet({ prepared, parts, parent, adapter }, life.signal);
        else session = await goThrough({ client: await engine(), prepared, parts, parent, adapter }, life.signal);
        if (life.signal.aborted) session.end();
      },
      end() {
        life.abort();
        if (session) session.end();
        else adapter.finished(1);
      },
    });
    return {
      onDidSendMessage: messages.event,
      handleMessage: (message) => adapter.take(message),
      dispose() {
        life.abort();
        session?.end();
        messages.dispose();
      },
    };
  }

  return vscode.Disposable.from(
    vscode.debug.registerDebugConfigurationProvider(TYPE, provider),
    vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, {
      createDebugAdapterDescriptor: (session) => new vscode.DebugAdapterInlineImplementation(adapterFor(session)),
    }),
    keepContextKey(),
  );
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: VS Code puts the file in its place
const INITIAL: vscode.DebugConfiguration = { type: TYPE, request: "launch", name: "Debug This Runbook", program: "${file}" };

/** Nothing begins, and the person knows why. */
function told(message: string): undefined {
  void complain(message);
  return undefined;
}

function keepContextKey(): vscode.Disposable {
  let last: boolean | undefined;
  const look = (editor = vscode.window.activeTextEditor) => {
    const document = editor?.document;
    const isRunbook = document?.languageId === "typescript" && findRunbook(document.uri.path, document.getText()) !== undefined;
    if (isRunbook === last) return;
    last = isRunbook;
    void vscode.commands.executeCommand("setContext", CONTEXT_KEY, isRunbook);
  };
  look();
  return vscode.Disposable.from(
    vscode.window.onDidChangeActiveTextEditor((editor) => look(editor)),
    vscode.workspace.onDidSaveTextDocument(() => look()),
  );
}
