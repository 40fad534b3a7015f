/** A piece of TypeScript, as far as it must be told apart here: comments and white space are left out. */
export interface Token {
  kind: "string" | "template" | "word" | "mark" | "regex";
  start: number;
  end: number;
  /** Of a string: without quotes and with its escapes as they are written. Of others: as it stands there. */
  text: string;
}

/** After these a `/` begins a regular expression and divides nothing. */
const BEFORE_REGEX = /^(?:[=(,:[!&|?{};+\-*%<>~^]|return|typeof|case|in|of|do|else|void|await|yield)$/;

/** Splits a source text. A text that is half written is split as far as it goes: nothing is refused. */
export function scan(source: string): Token[] {
  const tokens: Token[] = [];
  const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/y;
  const word = /[\p{ID_Start}$_#@0-9][\p{ID_Continue}$\u200c\u200d]*/uy;
  let at = 0;
  const skipped = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(source) ? pattern.lastIndex : at;
  };
  for (;;) {
    at = skipped(space);
    if (at >= source.length) return tokens;
    const char = source[at] ?? "";
    const before = tokens.at(-1);
    let kind: Token["kind"] = "mark";
    let end = at + 1;
    if (char === '"' || char === "'") {
      kind = "string";
      end = endOfString(source, at, char);
    } else if (char === "`") {
      kind = "template";
      end = endOfTemplate(source, at);
    } else if (char === "/" && (before === undefined || ((before.kind === "mark" || before.kind === "word") && BEFORE_REGEX.test(before.text)))) {
      kind = "regex";
      end = endOfRegex(source, at);
    } else {
      const past = skipped(word);
      if (past > at) [kind, end] = ["word", past];
      else if (source.startsWith("=>", at)) end = at + 2;
    }
    const quotes = kind === "string" ? 1 : 0;
    const closed = quotes === 1 && end - at > 1 && source[end - 1] === char ? end - 1 : end;
    tokens.push({ kind, start: at, end, text: source.slice(at + quotes, closed) });
    at = end;
  }
}

/** A string ends with its line, too: then it is half written. */
function endOfString(source: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < source.length && source[at] !== quote && source[at] !== "\n") at += source[at] === "\\" ? 2 : 1;
  return Math.min(source.length, source[at] === quote ? at + 1 : at);
}

/** With what is computed in it, templates in that included. Depth is counted, not called: nobody's source makes the stack overflow. */
function endOfTemplate(source: string, from: number): number {
  /** Of each open template: how many braces are open within its `${`; null: in its text. */
  const open: (number | null)[] = [null];
  let at = from + 1;
  while (at < source.length && open.length > 0) {
    const braces = open.at(-1);
    const char = source[at];
    if (braces === null) {
      if (char === "\\") at++;
      else if (char === "`") open.pop();
      else if (char === "$" && source[at + 1] === "{") {
        open[open.length - 1] = 1;
        at++;
      }
    } else if (braces !== undefined) {
      if (char === "`") open.push(null);
      else if (char === '"' || char === "'") at = endOfString(source, at, char) - 1;
      else if (char === "{") open[open.length - 1] = braces + 1;
      else if (char === "}") open[open.length - 1] = braces === 1 ? null : braces - 1;
    }
    at++;
  }
  return Math.min(at, source.length);
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  let at = from + 1;
  for (; at < source.length && source[at] !== "\n"; at++) {
    const char = source[at];
    if (char === "\\") at++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) break;
  }
  at++;
  while (at < source.length && /[a-z]/.test(source[at] ?? "")) at++;
  return Math.min(at, source.length);
}
