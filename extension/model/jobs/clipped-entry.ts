import type { StreamedEntry } from "../../../engine/protocol/http/jobs.ts";

/** Characters of an entry that a page shows; the output of the job shows more. */
const MOST_CHARACTERS = 2_000;

const clip = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);

/** An entry as a page keeps it: one may have as many megabytes as the job may write. */
export function clippedEntry(entry: StreamedEntry): StreamedEntry {
  switch (entry.kind) {
    case "log": {
      const { details: _, ...rest } = entry;
      return { ...rest, message: clip(entry.message) };
    }
    case "output": {
      const text = JSON.stringify(entry.value, null, 2) ?? "";
      return text.length > MOST_CHARACTERS ? { ...entry, value: clip(text) } : entry;
    }
    case "progress":
      return entry.message === undefined ? entry : { ...entry, message: clip(entry.message) };
  }
}
