import type * as vscode from "vscode";

/** Files of the workspace. What is shown read-only from an engine has another scheme. */
export const RUNBOOKS: vscode.DocumentFilter = { language: "typescript", scheme: "file" };
export const RESOURCES: vscode.DocumentFilter = { language: "yaml", scheme: "file" };

const fits =
  ({ language, scheme }: vscode.DocumentFilter) =>
  ({ languageId, uri }: vscode.TextDocument): boolean =>
    languageId === language && uri.scheme === scheme;

export const isTypeScript = fits(RUNBOOKS);
export const isResource = fits(RESOURCES);
