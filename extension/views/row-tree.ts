import * as vscode from "vscode";
import type { Row } from "../model/row.ts";
import { MORE, type Tree } from "../model/tree.ts";

/** Shows a tree of the model as a view. It decides nothing by itself. */
export class RowTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  readonly #tree: Tree;
  readonly #viewId: string;
  readonly #onRead: () => void;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #off: () => void;
  readonly onDidChangeTreeData = this.#changes.event;

  /** @param onRead what is said around the rows may have changed with them */
  constructor(viewId: string, tree: Tree, onRead: () => void) {
    this.#onRead = onRead;
    this.#viewId = viewId;
    this.#tree = tree;
    this.#off = tree.on(() => this.#changes.fire());
  }

  async getChildren(parent?: Row): Promise<Row[]> {
    const rows = [...(await this.#tree.rows(parent))];
    this.#onRead();
    return rows;
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const item = new vscode.TreeItem(row.label, stateOf(row));
    item.id = row.id;
    item.contextValue = row.is.join(" ");
    if (row.description !== undefined) item.description = row.description;
    if (row.tooltip !== undefined) item.tooltip = new vscode.MarkdownString(row.tooltip);
    if (row.icon) item.iconPath = new vscode.ThemeIcon(row.icon.name, row.icon.colour === undefined ? undefined : new vscode.ThemeColor(row.icon.colour));
    // Screen readers say no icon and no colour.
    item.accessibilityInformation = { label: [row.label, row.description].filter(Boolean).join(", ") };
    if (row.is.includes(MORE)) item.command = { command: "runwright.loadMore", title: "Load More", arguments: [this.#viewId, row.subject] };
    else if (row.click) item.command = { ...row.click, arguments: [...(row.click.arguments ?? [])] };
    return item;
  }

  dispose(): void {
    this.#off();
    this.#changes.dispose();
  }
}

function stateOf({ children }: Row): vscode.TreeItemCollapsibleState {
  if (children === undefined) return vscode.TreeItemCollapsibleState.None;
  return children === "open" ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}
