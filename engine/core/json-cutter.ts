/** One value of a large JSON text, with its name where it is a member of an object. */
export interface JsonPiece {
  key: string | null;
  text: string;
}

export interface JsonCutterOptions {
  /** `members`: those of the one object that the text is. `values`: any number of values one after the other, those of a list one by one. */
  cut: "members" | "values";
  /** Longest piece, characters. */
  maxChars: number;
  /** Levels of lists and objects within a piece. */
  maxDepth: number;
}

/** What is wrong with the text, in words. */
export class JsonCutError extends Error {
  override readonly name = "JsonCutError";
}

/**
 * Cuts a JSON text that comes in chunks into pieces small enough to be parsed at once: of a file of 100 MB only one piece is in memory. It counts brackets and knows
 * strings; whether a piece is JSON shows when it is parsed.
 * @throws JsonCutError
 */
export function createJsonCutter({ cut, maxChars, maxDepth }: JsonCutterOptions) {
  /** Brackets that are open, and how many of them belong to what is cut up. */
  let depth = 0;
  let base = 0;
  let inString = false;
  let escaped = false;
  let key: string | null = null;
  /** Of the piece that has begun: what earlier chunks held of it. */
  let begun: string[] | null = null;
  let chars = 0;
  let position = 0;
  let isOver = false;

  const fail = (problem: string): never => {
    throw new JsonCutError(`${problem} (at character ${position})`);
  };

  function* push(chunk: string): Iterable<JsonPiece> {
    /** Where the piece begins in this chunk. */
    let from = 0;
    const taken = (end: number): string => {
      const text = [...(begun ?? []), chunk.slice(from, end)].join("");
      begun = null;
      chars = 0;
      return text;
    };
    const begin = (at: number) => {
      begun = [];
      from = at;
    };
    for (let i = 0; i < chunk.length; i++, position++) {
      const char = chunk.charCodeAt(i);
      if (inString) {
        if (escaped) escaped = false;
        else if (char === BACKSLASH) escaped = true;
        else if (char === QUOTE) inString = false;
        continue;
      }
      if (char === SPACE || char === NEWLINE || char === RETURN || char === TAB) {
        if (begun && base === 0 && depth === 0) yield { key: null, text: taken(i) };
        continue;
      }
      if (isOver) fail("something follows the end of the object");
      if (char === COLON && depth === base && cut === "members" && begun && key === null) {
        key = keyOf(taken(i), fail);
        continue;
      }
      if (char === COMMA && depth === base) {
        if (base === 0 || !begun) fail("a comma is out of place");
        yield piece(taken(i));
        continue;
      }
      if (char === CLOSE_OBJECT || char === CLOSE_LIST) {
        if (depth === 0) fail("a bracket is closed that wasn't opened");
        if (depth === base) {
          if (begun) yield piece(taken(i));
          depth = base = 0;
          isOver = cut === "members";
          continue;
        }
        depth--;
        if (depth === 0 && begun) yield { key: null, text: taken(i + 1) };
        continue;
      }
      const opens = char === OPEN_OBJECT || char === OPEN_LIST;
      if (depth === 0 && !begun && cut === "members") {
        if (char !== OPEN_OBJECT) fail("the text isn't one object");
        depth = base = 1;
        continue;
      }
      if (depth === 0 && !begun && char === OPEN_LIST) {
        depth = base = 1;
        continue;
      }
      if (!begun) begin(i);
      if (char === QUOTE) inString = true;
      if (opens && ++depth - base > maxDepth) fail(`lists and objects are nested more than ${maxDepth} deep`);
    }
    if (begun === null) return;
    chars += chunk.length - from;
    if (chars > maxChars) fail(`one value is longer than ${maxChars} characters`);
    (begun as string[]).push(chunk.slice(from));
  }

  function piece(text: string): JsonPiece {
    if (cut === "members" && key === null) fail("a member has no name");
    const named = { key, text };
    key = null;
    return named;
  }

  return {
    push,
    /** The text is over. */
    *end(): Iterable<JsonPiece> {
      if (begun && base === 0 && depth === 0 && !inString) yield { key: null, text: (begun as string[]).join("") };
      else if (begun || depth > 0 || inString || (cut === "members" && !isOver)) fail("the text ends in the middle");
    },
  };
}

function keyOf(text: string, fail: (problem: string) => never): string {
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    return fail("a name isn't a string");
  }
  return typeof key === "string" ? key : fail("a name isn't a string");
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [SPACE, NEWLINE, RETURN, TAB] = [0x20, 0x0a, 0x0d, 0x09];
