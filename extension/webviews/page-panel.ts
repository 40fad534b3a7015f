import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { PageContent } from "../model/pages/block.ts";
import type { PageAddress } from "../model/pages/page-address.ts";

export interface PagePanel {
  show(content: PageContent): void;
  reveal(): void;
}

export interface PagePanelParts {
  extensionUri: vscode.Uri;
  title: string;
  /** What VS Code keeps of it; undefined: it won't come back. */
  address: PageAddress | undefined;
  onClose(): void;
  /** Shown first, and after it was hidden. */
  onVisible(isVisible: boolean): void;
}

export const newPanel = (viewType: string, title: string): vscode.WebviewPanel => vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active);

/** A page that draws blocks. Its script comes from a file of the extension; nothing inline runs, and nothing is loaded from elsewhere. */
export function pagePanel(panel: vscode.WebviewPanel, { extensionUri, title, address, onClose, onVisible }: PagePanelParts): PagePanel {
  const media = vscode.Uri.joinPath(extensionUri, "media");
  panel.webview.options = { enableScripts: true, localResourceRoots: [media] };
  let content: PageContent | undefined;
  const send = () => content && panel.webview.postMessage(content);
  panel.webview.onDidReceiveMessage((message: unknown) => {
    if (message === "ready") return send();
    // Only what the page was given to show as a button is done.
    const pressed = content?.blocks
      .flatMap((block) => (block.kind === "buttons" ? block.buttons : []))
      .find(({ command, argument }) => message === `${command} ${argument}`);
    return pressed && vscode.commands.executeCommand(pressed.command, pressed.argument);
  });
  panel.onDidChangeViewState(() => onVisible(panel.visible));
  panel.onDidDispose(onClose);
  panel.webview.html = html(panel.webview, media, { title, address });
  return {
    show(next) {
      content = next;
      panel.title = next.title;
      void send();
    },
    reveal: () => panel.reveal(),
  };
}

function html(webview: vscode.Webview, media: vscode.Uri, { title, address }: Pick<PagePanelParts, "title" | "address">): string {
  const nonce = randomBytes(18).toString("base64");
  const uri = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri("page.css")}">
<title>${title.replace(/[&<>"]/g, "")}</title>
</head>
<body>
<main id="page" aria-busy="true" data-address="${attribute(JSON.stringify(address ?? null))}"></main>
<script nonce="${nonce}" src="${uri("page.js")}"></script>
</body>
</html>`;
}

/** Names come from engines. */
const attribute = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
