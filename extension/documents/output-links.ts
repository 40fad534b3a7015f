import * as vscode from "vscode";
import { addressOf, SCHEME } from "../model/documents/address.ts";
import { sourceLinks } from "../model/jobs/source-links.ts";

/** Positions in stacks of a job's output lead to the sources of the version that it ran. */
export function registerOutputLinks(): vscode.Disposable {
  return vscode.languages.registerDocumentLinkProvider(
    { scheme: SCHEME, language: "runwright-log" },
    {
      provideDocumentLinks(document) {
        const address = addressOf(document.uri.path);
        if (address?.kind !== "job") return [];
        return sourceLinks(document.getText()).map(({ start, end, path, line, column }) => {
          const given = encodeURIComponent(JSON.stringify([{ job: address.id, path, line, column }]));
          const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
          const link = new vscode.DocumentLink(range, vscode.Uri.parse(`command:runwright.openSource?${given}`));
          link.tooltip = "Open the source of the version that ran";
          return link;
        });
      },
    },
  );
}
