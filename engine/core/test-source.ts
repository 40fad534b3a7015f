/** A test or a suite, as the source of a test file names it. */
export interface SourceTest {
  /** Its own name after those of its suites. */
  path: string[];
  kind: "test" | "suite";
  /** From 1. */
  line: number;
  column: number;
  /** Where its call ends. */
  endLine: number;
  /** Its name is computed, so what runs has another one: parts of it are shown as `…`. */
  isComputed: boolean;
}

const KINDS: Readonly<Record<string, SourceTest["kind"]>> = { test: "test", it: "test", describe: "suite", suite: "suite" };
const CALL = /(?<![\w$.#])(test|it|describe|suite)(?:\.(?:only|skip|todo))?\s*(?:<[^>()]*>)?\(\s*/y;
/** What a slash divides when it comes after it; else a regular expression begins. */
const VALUE_ENDS = /[\w$)\]}"'`]\s*$/;
const WORD_BEFORE_REGEX = /\b(?:return|typeof|case|in|of|do|else|void|delete|throw|await|yield)\s*$/;

/*
 * Files may be anybody's, and are read in an editor that doesn't trust their folder: each test holds the names of all its suites, so what nests without end would fill the
 * memory. Nobody writes what is beyond these.
 */
const MOST_TESTS = 5_000;
/** Suites within suites, and a test in them. */
const DEEPEST = 50;
/** Characters of a name as it is written, and of a path. */
const LONGEST_NAME = 1_000;
const LONGEST_PATH = 4_000;

export interface SourceTests {
  tests: SourceTest[];
  /** Names that are longer are left out; at more of them, or deeper ones, reading ends. */
  isCut: boolean;
}

/** Tests of a file by reading it: nothing of it runs. Finds calls of `test`, `it`, `describe` and `suite` that begin with a text; what a loop makes is one of them. */
export function testsIn(text: string): SourceTests {
  let isCut = false;
  let calls = 0;
  const found: SourceTest[] = [];
  const open: { test: SourceTest; depth: number }[] = [];
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  let line = 0;
  /** Asked for in the order of the text. */
  const placeOf = (index: number) => {
    while ((lineStarts[line + 1] ?? Number.POSITIVE_INFINITY) <= index) line++;
    return { line: line + 1, column: index - (lineStarts[line] ?? 0) + 1 };
  };
  /** Depths of brackets at which a `${` of a template has begun. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;

  const toEndOf = (pattern: RegExp, from: number) => {
    pattern.lastIndex = from;
    return pattern.test(text) ? pattern.lastIndex : text.length;
  };
  const templateFrom = (from: number) => {
    const end = toEndOf(/(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y, from);
    if (text[end - 1] === "{") templates.push(depth++);
    return end;
  };

  while (at < text.length) {
    const char = text[at] ?? "";
    if (text.startsWith("//", at)) at = toEndOf(/[^\n]*/y, at);
    else if (text.startsWith("/*", at)) at = toEndOf(/\/\*[\s\S]*?\*\//y, at);
    else if (char === '"' || char === "'") at = toEndOf(char === '"' ? /"(?:[^"\\\n]|\\[\s\S])*["\n]/y : /'(?:[^'\\\n]|\\[\s\S])*['\n]/y, at);
    else if (char === "`") at = templateFrom(at + 1);
    else if (char === "/" && beginsRegex(text.slice(Math.max(0, at - 20), at))) at = toEndOf(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y, at);
    else if ("([{".includes(char)) {
      depth++;
      at++;
    } else if (")]}".includes(char)) {
      depth--;
      at++;
      if (char === "}" && templates.at(-1) === depth) {
        templates.pop();
        at = templateFrom(at);
      }
      while (open.at(-1)?.depth === depth) {
        const { test } = open.pop() ?? {};
        if (test !== undefined) test.endLine = placeOf(at).line;
      }
    } else {
      CALL.lastIndex = at;
      const call = CALL.exec(text);
      const name = call === null ? undefined : literalAt(text.slice(CALL.lastIndex, CALL.lastIndex + LONGEST_NAME), 0);
      if (call === null) {
        at += /[\w$]/.test(char) ? Math.max(1, toEndOf(/[\w$]+/y, at) - at) : 1;
        continue;
      }
      // Also those without a name that can be read: looking for its end takes time.
      if (++calls > MOST_TESTS) return { tests: found, isCut: true };
      if (name === undefined) isCut ||= "\"'`".includes(text[CALL.lastIndex] ?? "-") && text.length - CALL.lastIndex > LONGEST_NAME;
      else {
        const place = placeOf(at);
        const path = [...(open.at(-1)?.test.path ?? []), name.text];
        if (path.length > DEEPEST || path.join("").length > LONGEST_PATH) return { tests: found, isCut: true };
        const test: SourceTest = { path, kind: KINDS[call[1] ?? ""] ?? "test", ...place, endLine: place.line, isComputed: name.isComputed };
        found.push(test);
        open.push({ test, depth });
      }
      depth++;
      at = CALL.lastIndex;
    }
  }
  return { tests: found, isCut };
}

/** What people are told of a file that goes beyond. */
/** A function: the first number written for people costs an editor that starts more than all else that it loads. */
export const cutTests = () =>
  `not all tests are listed: a file has at most ${MOST_TESTS.toLocaleString("en")}, ${DEEPEST} deep, with names of ${LONGEST_NAME.toLocaleString("en")} characters`;

const beginsRegex = (before: string) => !VALUE_ENDS.test(before) || WORD_BEFORE_REGEX.test(before);

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", 0: "\0" };

/** A text that begins here; `${…}` in it is shown as `…`. */
function literalAt(text: string, at: number): { text: string; isComputed: boolean } | undefined {
  const quote = text[at] ?? "";
  if (!"\"'`".includes(quote) || quote === "") return undefined;
  const plain = (part: string) =>
    part.replace(/\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2})|\r?\n|([\s\S]))/gi, (_, long?: string, unicode?: string, short?: string, char?: string) => {
      const code = long ?? unicode ?? short;
      return code === undefined ? (ESCAPES[char ?? ""] ?? char ?? "") : String.fromCodePoint(Number.parseInt(code, 16));
    });
  let shown = "";
  let isComputed = false;
  let from = at + 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) {
      // What is joined to it makes another name.
      const isJoined = /^\s*\+/.test(text.slice(i + 1, i + 20));
      return { text: shown + plain(text.slice(from, i)) + (isJoined ? "…" : ""), isComputed: isComputed || isJoined };
    } else if (quote === "`" && text.startsWith("${", i)) {
      shown += `${plain(text.slice(from, i))}…`;
      isComputed = true;
      i = endOfSubstitution(text, i + 2);
      from = i + 1;
    }
  }
  return undefined;
}

/** The bracket that closes what begins here; texts within it may hold others. */
function endOfSubstitution(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    const char = text[i] ?? "";
    if ("\"'`".includes(char)) while (++i < text.length && text[i] !== char) if (text[i] === "\\") i++;
    if (char === "{") depth++;
    if (char === "}" && --depth === 0) return i;
  }
  return text.length;
}
