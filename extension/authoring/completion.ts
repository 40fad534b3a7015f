import * as vscode from "vscode";
import type { KnownNames } from "../model/authoring/known-names.ts";
import type { Suggestion } from "../model/authoring/suggestion.ts";
import { RESOURCES, RUNBOOKS } from "./documents.ts";
import type { AuthoringParts } from "./parts.ts";

type SuggestionsAt = (text: string, offset: number, names: KnownNames) => Promise<Suggestion[]>;

const PROVIDERS: readonly { where: vscode.DocumentFilter; triggers: readonly string[]; load(): Promise<SuggestionsAt> }[] = [
  { where: RESOURCES, triggers: [" ", "=", ":", "/", '"', "'"], load: async () => (await import("../model/authoring/yaml-suggestions.ts")).yamlSuggestionsAt },
  {
    where: RUNBOOKS,
    triggers: ['"', "'", "`", " ", "=", ":"],
    load: async () => (await import("../model/authoring/runbook-suggestions.ts")).runbookSuggestionsAt,
  },
];

const KINDS: Readonly<Record<Suggestion["kind"], vscode.CompletionItemKind>> = {
  name: vscode.CompletionItemKind.Reference,
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.Value,
};

export function registerCompletion({ names }: Pick<AuthoringParts, "names">): vscode.Disposable {
  return vscode.Disposable.from(
    ...PROVIDERS.map(({ where, triggers, load }) =>
      vscode.languages.registerCompletionItemProvider(
        where,
        {
          async provideCompletionItems(document, position, token) {
            const suggestionsAt = await load();
            const found = await suggestionsAt(document.getText(), document.offsetAt(position), names);
            return token.isCancellationRequested ? undefined : found.map((suggestion) => itemOf(suggestion, document));
          },
        },
        ...triggers,
      ),
    ),
  );
}

function itemOf({ label, insert, snippet, kind, detail, documentation, start, end }: Suggestion, document: vscode.TextDocument): vscode.CompletionItem {
  const item = new vscode.CompletionItem(label, KINDS[kind]);
  item.insertText = snippet ? new vscode.SnippetString(insert) : insert;
  item.range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  if (detail !== undefined) item.detail = detail;
  if (documentation !== undefined) item.documentation = documentation;
  return item;
}
