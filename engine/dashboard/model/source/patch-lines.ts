/** One line of what differs between two files. */
export interface PatchLine {
  kind: "same" | "added" | "removed" | "gap";
  /** Its number in the older and the newer file; undefined: it isn't there. */
  before?: number;
  after?: number;
  text: string;
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$/;

/** Reads a unified diff of one file, as the engine writes it. */
export function patchLines(patch: string): PatchLine[] {
  const lines: PatchLine[] = [];
  let before = 0;
  let after = 0;
  let isIn = false;
  for (const line of patch.replace(/\n$/, "").split("\n")) {
    const hunk = HUNK.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      isIn = true;
      lines.push({ kind: "gap", text: line });
    } else if (!isIn) {
      if (line.startsWith("@@")) lines.push({ kind: "gap", text: line }); // too different to be compared
    } else if (line.startsWith("+")) lines.push({ kind: "added", after: after++, text: line.slice(1) });
    else if (line.startsWith("-")) lines.push({ kind: "removed", before: before++, text: line.slice(1) });
    else if (line.startsWith("\\")) lines.push({ kind: "gap", text: line.slice(2) });
    else lines.push({ kind: "same", before: before++, after: after++, text: line.slice(1) });
  }
  return lines;
}

export const countsOf = (lines: readonly PatchLine[]): { added: number; removed: number } => ({
  added: lines.filter(({ kind }) => kind === "added").length,
  removed: lines.filter(({ kind }) => kind === "removed").length,
});
