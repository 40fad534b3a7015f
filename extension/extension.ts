import * as vscode from "vscode";
import { registerAuthoring } from "./authoring/register.ts";
import { sdkWriter } from "./authoring/sdk-types.ts";
import { noticeChoice, showNotice } from "./commands/job-notices.ts";
import { registerCommands } from "./commands/register.ts";
import { keepContextKeys } from "./connection/context-keys.ts";
import { showStatusBar } from "./connection/status-bar.ts";
import { registerDebug } from "./debug/register.ts";
import { createDocuments } from "./documents/documents.ts";
import { registerOutputLinks } from "./documents/output-links.ts";
import type { EngineAddress } from "./model/client/address.ts";
import { createClient } from "./model/client/client.ts";
import { openEventSocket } from "./model/client/event-socket.ts";
import { greet } from "./model/client/greeting.ts";
import { sendOverNetwork } from "./model/client/transport.ts";
import { createEvents, type Events } from "./model/events.ts";
import { createJobNotices } from "./model/jobs/job-notices.ts";
import { createKnownEngines } from "./model/known-engines.ts";
import { createPulse, type Pulse } from "./model/pulse.ts";
import { createSession, type Session, type SessionState } from "./model/session.ts";
import { systemTimers as timers } from "./model/timers.ts";
import { makeTrees, type Trees } from "./model/view-list.ts";
import { createWorkbench } from "./model/workspace/runner.ts";
import { registerTesting } from "./testing/register.ts";
import { registerViews } from "./views/register.ts";
import { createPages } from "./webviews/pages.ts";

/** Builds what lives as long as the window. Nothing here waits, and nothing asks the network: whatever is shown or run first does. */
export function activate(context: vscode.ExtensionContext): void {
  const engines = createKnownEngines({ shared: context.globalState, own: context.workspaceState, secrets: context.secrets });
  const connect = (address: EngineAddress, token: string, onAnswer?: (error?: unknown) => void) =>
    createClient({ address, token, send: sendOverNetwork, onAnswer });
  const session = createSession({ engines, connect, greet, timers, chance: Math.random });
  const trees = makeTrees({ client: session.client, timers });
  const pulse = createPulse(timers);
  const events = createEvents({ client: session.client, open: openEventSocket, timers, chance: Math.random });
  const documents = createDocuments({ client: session.client, engine: () => addressOf(session.state()), onChange: session.on, events, timers });
  const pages = createPages({
    extensionUri: context.extensionUri,
    client: session.client,
    engine: () => addressOf(session.state()),
    missing: () => missingOf(session.state()),
    timers,
  });
  const notices = createJobNotices({ client: session.client, events, choice: noticeChoice, show: showNotice });
  const patience = { timers, chance: Math.random };
  const workbench = createWorkbench({ node: process.execPath, env: process.env }, patience);
  const testing = registerTesting({ workbench, timers });
  context.subscriptions.push(
    testing,
    registerDebug({
      ...{ client: session.client, events, timers, workbench, readVersion: documents.readVersion, storage: context.globalStorageUri },
      ask: async (client, form) => (await import("./commands/debug-form.ts")).askForDebug({ context }, client, form),
      changed: () => void trees["runwright.jobs"].tree.refresh(),
    }),
    { dispose: session.stop },
    { dispose: engines.onToken((url) => void session.tokenChanged(url)) },
    { dispose: pulse.stop },
    { dispose: events.stop },
    { dispose: notices.stop },
    documents,
    pages,
    registerOutputLinks(),
    keepContextKeys(session),
    showStatusBar(session),
    registerViews({ trees, pulse, session }),
    vscode.window.onDidChangeWindowState(({ focused }) => pulse.setFocused(focused)),
    { dispose: followEngine({ session, trees, pulse, events }) },
  );
  const writeSdk = sdkWriter(context.extensionUri);
  registerCommands({ context, session, engines, trees, documents, pages, workbench, testing, writeSdk, notices, plans: new Map(), timers, connect, greet });
  registerAuthoring(context, { client: session.client, address: () => addressOf(session.state()), onChange: session.on, workbench, patience });
}

export function deactivate(): void {
  // What was registered is in context.subscriptions; VS Code disposes it.
}

const missingOf = (state: SessionState): string | undefined =>
  state.kind === "signedOut" ? `You are signed out of ${state.engine.url}: sign in to go on.` : state.kind === "refused" ? state.problem : undefined;
const addressOf = (state: SessionState): string | undefined => (state.kind === "none" ? undefined : state.engine.url);

/** Trees are about one engine: another one empties them. One that is back is asked for what is seen. */
function followEngine({ session, trees, pulse, events }: { session: Session; trees: Trees; pulse: Pulse; events: Events }): () => void {
  let last = session.state();
  const urlOf = (state: SessionState) => (state.kind === "none" || state.kind === "signedOut" ? undefined : state.engine.url);
  return session.on((state) => {
    for (const { tree } of Object.values(trees)) {
      if (urlOf(state) !== urlOf(last)) tree.reset();
      else tree.changed();
    }
    if (state.kind === "connected" && last.kind === "lost") pulse.beatNow();
    if (urlOf(state) !== urlOf(last)) events.reset();
    last = state;
  });
}
