/** What a page of a webview is made of: the script in it only draws this, and escapes by never writing HTML. */
export type Block = { readonly id: string } & (
  | { readonly kind: "heading"; readonly level: 1 | 2; readonly text: string }
  /** Read out by screen readers when it changes. */
  | { readonly kind: "status"; readonly text: string; readonly tone: Tone }
  | { readonly kind: "facts"; readonly rows: readonly (readonly [string, string])[] }
  /** `fraction` from 0 to 1. */
  | { readonly kind: "progress"; readonly label: string; readonly fraction: number; readonly text: string; readonly tone: Tone }
  | { readonly kind: "table"; readonly caption: string; readonly heads: readonly string[]; readonly rows: readonly TableRow[] }
  | { readonly kind: "buttons"; readonly buttons: readonly Button[] }
);
export type Tone = "plain" | "good" | "bad" | "warning" | "active";
export interface TableRow {
  readonly key: string;
  readonly cells: readonly string[];
  readonly tone?: Tone;
}
export interface Button {
  readonly label: string;
  /** One of our own commands; the panel takes no other. */
  readonly command: string;
  readonly argument: string;
  readonly isMain?: boolean;
}

/** What a panel says to its page. */
export interface PageContent {
  readonly title: string;
  readonly blocks: readonly Block[];
}
