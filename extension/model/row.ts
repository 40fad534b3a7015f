import { escaped } from "./markdown.ts";

/** A line of a tree view, without VS Code: what models decide and tests look at. */
export interface Row {
  /** Stable and unique within the view: VS Code keeps by it what is open and selected. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Markdown; what came from an engine is escaped. */
  readonly tooltip?: string;
  readonly icon?: Icon;
  /** What it is and what can be done with it: words that `when` clauses look for, such as `job stoppable`. */
  readonly is: readonly string[];
  /** Absent: it has nothing below it. */
  readonly children?: "open" | "closed";
  /** What a click does. */
  readonly click?: { readonly command: string; readonly title: string; readonly arguments?: readonly unknown[] };
  /** What commands are about. */
  readonly subject?: unknown;
}

/** Of the product's set: https://code.visualstudio.com/api/references/icons-in-labels */
export interface Icon {
  readonly name: string;
  /** Of the theme, such as `testing.iconFailed`. */
  readonly colour?: string;
}

/** Theme colours by what they mean; these ones are readable in every theme, high contrast too. */
export const COLOURS = {
  good: "testing.iconPassed",
  bad: "testing.iconFailed",
  warning: "list.warningForeground",
  active: "charts.blue",
  muted: "disabledForeground",
} as const;

/** Lines of names and values; empty ones are left out. */
export const facts = (rows: readonly (readonly [string, string | null | undefined])[]): string =>
  rows
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `**${escaped(name)}:** ${escaped(value ?? "")}`)
    .join("  \n");
