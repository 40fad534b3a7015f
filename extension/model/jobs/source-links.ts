/** A position in a source of a runbook, as stacks name it. */
export interface SourceLink {
  /** Characters from the start of the text, and of what is behind the last one. */
  start: number;
  end: number;
  /** As in the version's sources. */
  path: string;
  /** From 1. */
  line: number;
  column: number;
}

const POSITION = /(?<=^|[\s(])((?:[\w@.-]+\/)*[\w@.-]+\.(?:m|c)?ts):(\d{1,7}):(\d{1,7})(?=\)|\s|$)/gm;

/** Where a text names positions in TypeScript: what a stack of a job is made of. @param most links: an editor needs no more */
export function sourceLinks(text: string, most = 5_000): SourceLink[] {
  const found: SourceLink[] = [];
  for (const match of text.matchAll(POSITION)) {
    const [whole, path = "", line, column] = match;
    found.push({ start: match.index, end: match.index + whole.length, path, line: Number(line), column: Number(column) });
    if (found.length >= most) break;
  }
  return found;
}
