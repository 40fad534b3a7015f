import { clean, cleanLine } from "../../../engine/core/clean-text.ts";
import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";

const WORD_WIDTH = 8;
/** `12:03:04.120 info     message`: one line an entry; further lines are indented, so that an editor folds them. */
export function entryText(entry: StreamedEntry): string {
  const [word, text] = wordsOf(entry);
  const [first = "", ...more] = clean(text).split("\n");
  return [`${cleanLine(entry.at.slice(11, 23))} ${cleanLine(word).padEnd(WORD_WIDTH)} ${first}`, ...more.map((line) => `    ${line}`)].join("\n");
}

function wordsOf(entry: StreamedEntry): [string, string] {
  switch (entry.kind) {
    case "output":
      return ["output", typeof entry.value === "string" ? entry.value : (JSON.stringify(entry.value, null, 2) ?? "")];
    case "log":
      return [entry.level, entry.details === undefined ? entry.message : `${entry.message}\n${JSON.stringify(entry.details, null, 2)}`];
    case "progress":
      return ["progress", `${Math.round(entry.fraction * 100)} %${entry.message === undefined ? "" : ` ${entry.message}`}`];
  }
}
