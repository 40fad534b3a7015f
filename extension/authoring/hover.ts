import * as vscode from "vscode";
import type { Hover, HoverParts } from "../model/authoring/hover.ts";
import { RESOURCES, RUNBOOKS } from "./documents.ts";
import type { AuthoringParts } from "./parts.ts";
import { signalOf } from "./signal.ts";

type HoverAt = (text: string, offset: number, parts: HoverParts) => Promise<Hover | undefined>;

/** What hovers say is loaded with the first one. */
const PROVIDERS: readonly { where: vscode.DocumentFilter; load(): Promise<HoverAt> }[] = [
  { where: RESOURCES, load: async () => (await import("../model/authoring/yaml-hover.ts")).yamlHoverAt },
  { where: RUNBOOKS, load: async () => (await import("../model/authoring/runbook-hover.ts")).runbookHoverAt },
];

export function registerHovers({ engine, now, triggers }: Pick<AuthoringParts, "engine" | "now" | "triggers">): vscode.Disposable {
  return vscode.Disposable.from(
    ...PROVIDERS.map(({ where, load }) =>
      vscode.languages.registerHoverProvider(where, {
        async provideHover(document, position, token) {
          const hoverAt = await load();
          const hover = await hoverAt(document.getText(), document.offsetAt(position), {
            ...{ engine, triggers, now: now(), path: document.uri.path },
            signal: signalOf(token),
          });
          if (!hover || token.isCancellationRequested) return undefined;
          return new vscode.Hover(
            new vscode.MarkdownString(hover.markdown, true),
            new vscode.Range(document.positionAt(hover.start), document.positionAt(hover.end)),
          );
        },
      }),
    ),
  );
}
