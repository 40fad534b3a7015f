/** Something that can be written in place of a stretch of text. */
export interface Suggestion {
  label: string;
  /** What is written; `snippet`: with places to fill in, as VS Code's snippets have them. */
  insert: string;
  snippet?: boolean;
  kind: "name" | "key" | "value";
  detail?: string;
  documentation?: string;
  /** Offsets of what it takes the place of. */
  start: number;
  end: number;
}
