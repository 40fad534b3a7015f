import type { LogLevel } from "../../../core/job.ts";
import { withoutTerminal } from "../../../core/terminal-text.ts";
import type { StreamedEntry } from "../../../protocol/http/jobs.ts";

/** One line of what a job wrote. An entry has one or several, of which the first says when and what. */
export interface LogLine {
  /** Ascending and once: the entry's number, and the line within it. */
  key: number;
  seq: number;
  at: string;
  word: LogLevel | "output" | "progress";
  text: string;
  isFirst: boolean;
}

/** Lines of one entry that are shown; the whole of it is in the job's outputs, or with the command. */
const MOST_LINES = 1_000;
/** Characters of one line: nobody reads further sideways. */
const LONGEST = 2_000;

export function linesOf(entry: StreamedEntry): LogLine[] {
  const [word, text] = wordsOf(entry);
  const lines = withoutTerminal(text).split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), `… ${lines.length - MOST_LINES + 1} more lines of this entry`] : lines;
  return shown.map((line, index) => ({
    key: entry.seq * MOST_LINES + index,
    seq: entry.seq,
    at: entry.at,
    word,
    text: line.length > LONGEST ? `${line.slice(0, LONGEST)}… ${line.length - LONGEST} more characters` : line,
    isFirst: index === 0,
  }));
}

function wordsOf(entry: StreamedEntry): [LogLine["word"], string] {
  switch (entry.kind) {
    case "output":
      return ["output", typeof entry.value === "string" ? entry.value : (JSON.stringify(entry.value, null, 2) ?? "")];
    case "log":
      return [entry.level, entry.details === undefined ? entry.message : `${entry.message}\n${JSON.stringify(entry.details, null, 2) ?? ""}`];
    case "progress":
      return ["progress", `${Math.round(entry.fraction * 100)} %${entry.message === undefined ? "" : ` ${entry.message}`}`];
  }
}

/** Which lines are wanted: by word, and by what they hold. */
export interface LogFilter {
  /** Levels from this one on; outputs and progress stay. Empty: all. */
  least: LogLevel | "";
  search: string;
}

const RANK: Readonly<Record<LogLine["word"], number>> = { debug: 0, verbose: 1, info: 2, warning: 3, error: 4, output: 5, progress: 5 };

export function wantedLines(lines: readonly LogLine[], { least, search }: LogFilter): readonly LogLine[] {
  if (least === "" && search === "") return lines;
  const rank = least === "" ? 0 : RANK[least];
  const text = search.toLowerCase();
  return lines.filter((line) => RANK[line.word] >= rank && (text === "" || line.text.toLowerCase().includes(text)));
}
