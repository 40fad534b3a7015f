/** Offsets in the text as it is, and what stands there afterwards. */
export interface TextEdit {
  start: number;
  end: number;
  text: string;
}

export interface Fix {
  title: string;
  edits: TextEdit[];
  /** What most would choose. */
  isPreferred?: boolean;
}
