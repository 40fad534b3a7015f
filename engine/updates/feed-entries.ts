import { RunwrightError } from "../core/errors.ts";
import type { Cut } from "../core/feeds/feed.ts";
import { createJsonCutter, JsonCutError } from "../core/json-cutter.ts";

/** Longest entry, characters: the tracker's of the Linux kernel has 10 million. */
const MAX_CHARS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

/** One entry as a text, with its name where it has one. */
export interface EntryText {
  key: string | null;
  text: string;
}

/** Cuts a text into entries. @throws BAD_REQUEST when it isn't whole, or an entry has no end */
export async function* feedEntries(text: AsyncIterable<string>, cut: Cut): AsyncIterable<EntryText> {
  if (cut === "lines") yield* cutBy(text, { end: "\n", begin: "" });
  else if (cut === "elements") yield* cutBy(text, { end: "</update>", begin: "<update" });
  else yield* jsonEntries(text, cut);
}

async function* jsonEntries(text: AsyncIterable<string>, cut: "members" | "values"): AsyncIterable<EntryText> {
  const cutter = createJsonCutter({ cut, maxChars: MAX_CHARS, maxDepth: MAX_DEPTH });
  try {
    for await (const chunk of text) yield* cutter.push(chunk);
    yield* cutter.end();
  } catch (error) {
    if (error instanceof JsonCutError) throw new RunwrightError("BAD_REQUEST", `the file isn't JSON of this format: ${error.message}`, { cause: error });
    throw error;
  }
}

async function* cutBy(text: AsyncIterable<string>, { begin, end }: { begin: string; end: string }): AsyncIterable<EntryText> {
  let rest = "";
  /** Characters of the rest in which no end was found: they aren't looked at again. */
  let searched = 0;
  for await (const chunk of text) {
    rest += chunk;
    let from = 0;
    for (let at = rest.indexOf(end, searched); at >= 0; at = rest.indexOf(end, from)) {
      const piece = rest.slice(from, at + end.length);
      const begins = begin === "" ? 0 : piece.lastIndexOf(begin);
      if (begins >= 0) yield { key: null, text: begin === "" ? piece.trimEnd() : piece.slice(begins) };
      from = at + end.length;
    }
    rest = rest.slice(from);
    searched = Math.max(0, rest.length - end.length + 1);
    if (rest.length > MAX_CHARS) throw new RunwrightError("BAD_REQUEST", "the file isn't of this format: an entry has no end");
  }
  if (begin === "" && rest.trim() !== "") yield { key: null, text: rest.trimEnd() };
  if (begin !== "" && rest.includes(begin)) throw new RunwrightError("BAD_REQUEST", "the file ends in the middle; fetch it again");
}
