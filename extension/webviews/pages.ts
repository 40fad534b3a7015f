import * as vscode from "vscode";
import type { Client } from "../model/client/client.ts";
import type { PageContent } from "../model/pages/block.ts";
import { keepReading, type LivePage } from "../model/pages/live-page.ts";
import { PAGE_VIEW_TYPES, type PageAddress, type PageSubject, pageKey, pageRule, readPageAddress } from "../model/pages/page-address.ts";
import type { Timers } from "../model/timers.ts";
import { newPanel, type PagePanel, pagePanel } from "./page-panel.ts";

export interface Pages extends vscode.Disposable {
  openJob(id: string): void;
  openDeployment(id: string): void;
  /** @param update whose verdict is explained */
  openMachine(name: string, update?: string): void;
}

interface Parts {
  extensionUri: vscode.Uri;
  client(): Promise<Client | undefined>;
  /** URL of the engine that this window works with now. */
  engine(): string | undefined;
  /** Why nobody can be asked, for people; undefined: it is known no better than that. */
  missing(): string | undefined;
  timers: Timers;
}

/** Pages of jobs, deployments and machines; each is there once, opening it again shows it, and it comes back with the window. */
export function createPages({ extensionUri, client, engine, missing, timers }: Parts): Pages {
  const open = new Map<string, { panel: PagePanel; live: LivePage }>();

  function show(address: PageAddress, given?: vscode.WebviewPanel): void {
    const key = pageKey(address);
    const known = open.get(key);
    if (known) {
      given?.dispose();
      known.panel.reveal();
      known.live.setVisible(true);
      return;
    }
    const { viewType, title, read, everyMs } = pageRule(address.subject, timers.now);
    const panel = pagePanel(given ?? newPanel(viewType, title), {
      ...{ extensionUri, title, address },
      onVisible: (isVisible) => live.setVisible(isVisible),
      onClose() {
        live.stop();
        open.delete(key);
      },
    });
    let last: PageContent = { title, blocks: [] };
    const live = keepReading({
      ...{ everyMs, read, timers },
      client: () => clientOf(address),
      show(found) {
        if ("blocks" in found) last = found;
        const problem = "problem" in found ? [{ id: "problem", kind: "status" as const, text: found.problem, tone: "bad" as const }] : [];
        panel.show({ ...last, blocks: [...problem, ...last.blocks] });
      },
    });
    open.set(key, { panel, live });
  }

  /** @throws when this window works with another engine than the page is about, or somebody must sign in */
  async function clientOf(address: PageAddress): Promise<Client | undefined> {
    const url = engine();
    if (url !== address.engine)
      throw new Error(
        `This page is of ${address.engine}; ${url === undefined ? "this window is signed in to no engine" : `this window works with ${url}`} now.`,
      );
    const found = await client();
    const why = found ? undefined : missing();
    if (why !== undefined) throw new Error(why);
    return found;
  }

  const openPage = (subject: PageSubject) => show({ subject, engine: engine() ?? "" });
  const serializer: vscode.WebviewPanelSerializer = {
    async deserializeWebviewPanel(panel, state) {
      const address = readPageAddress(state);
      if (address) return show(address, panel);
      // Of a version of the extension that kept something else.
      const note = pagePanel(panel, { extensionUri, title: panel.title, address: undefined, onVisible() {}, onClose() {} });
      const text = "This page can't be brought back; open it again from its view.";
      note.show({ title: panel.title, blocks: [{ id: "problem", kind: "status", text, tone: "bad" }] });
    },
  };
  const registered = PAGE_VIEW_TYPES.map((viewType) => vscode.window.registerWebviewPanelSerializer(viewType, serializer));
  return {
    openJob: (id) => openPage({ kind: "job", id }),
    openDeployment: (id) => openPage({ kind: "deployment", id }),
    openMachine: (name, update) => openPage({ kind: "machine", name, ...(update === undefined ? {} : { update }) }),
    dispose() {
      for (const one of registered) one.dispose();
      for (const { live } of open.values()) live.stop();
    },
  };
}
