/** How a piece of source text is to be coloured. */
export type TokenKind = "plain" | "comment" | "text" | "keyword" | "number" | "name";

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS = new Set(
  "abstract any as asserts async await bigint boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let never new null number object of out override private protected public readonly return satisfies set static string super switch symbol this throw true try type typeof undefined unique unknown using var void while with yield".split(
    " ",
  ),
);
/** After one of these a slash begins a regular expression, after anything else it divides. */
const BEFORE_EXPRESSION = /(?:^|[([{,;:=!&|?+\-*%~^<>]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof))$/;

const SPACE = /\s+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
const BLOCK_COMMENT = /\/\*[\s\S]*?(?:\*\/|$)/y;
const STRING = /"(?:[^"\\\n]+|\\.)*"?|'(?:[^'\\\n]+|\\.)*'?/y;
const NUMBER = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)n?/y;
const WORD = /[\p{ID_Start}$_@#][\p{ID_Continue}$]*/uy;
/** Looked for within so many characters: what begins like one and doesn't end would be gone through for each slash. */
const LONGEST_EXPRESSION = 300;
const EXPRESSION = /^\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/;
/** Of a template, up to its end or to a place where code stands in it. */
const TEMPLATE = /(?:[^`\\$]+|\\[\s\S]|\$(?!\{))*(?:`|\$\{)?/y;

/**
 * Source text of TypeScript, JavaScript or JSON as pieces: by the look of words alone, which is enough to read by. All pieces together are the text, whatever it is; time grows with its length only.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** For each template that is open around: how many braces of its code are. */
  const open: number[] = [];
  let at = 0;
  let before = "";

  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    return text === "" ? undefined : text;
  };
  const push = (kind: TokenKind, text: string): void => {
    const last = tokens.at(-1);
    if (last?.kind === kind) last.text += text;
    else tokens.push({ kind, text });
    at += text.length;
  };
  const code = (kind: TokenKind, text: string): void => {
    push(kind, text);
    before = text.slice(-20); // the longest word that counts is shorter
  };
  const template = (): void => {
    const text = matched(TEMPLATE) ?? "";
    push("text", text);
    if (text.endsWith("${")) open.push(0);
    before = text.endsWith("${") ? "(" : "`";
  };

  while (at < source.length) {
    const next = source[at] ?? "";
    const space = matched(SPACE);
    if (space !== undefined) {
      push(tokens.at(-1)?.kind ?? "plain", space);
      continue;
    }
    const comment = next === "/" ? (matched(LINE_COMMENT) ?? matched(BLOCK_COMMENT)) : undefined;
    if (comment !== undefined) {
      push("comment", comment);
      continue;
    }
    const text =
      next === '"' || next === "'"
        ? matched(STRING)
        : next === "/" && BEFORE_EXPRESSION.test(before)
          ? EXPRESSION.exec(source.slice(at, at + LONGEST_EXPRESSION))?.[0]
          : undefined;
    if (text !== undefined) {
      code("text", text);
      continue;
    }
    if (next === "`") {
      push("text", next);
      template();
      continue;
    }
    const number = matched(NUMBER);
    if (number !== undefined) {
      code("number", number);
      continue;
    }
    const word = matched(WORD);
    if (word !== undefined) {
      const isMember = before === ".";
      code(!isMember && KEYWORDS.has(word) ? "keyword" : source[at + word.length] === "(" ? "name" : "plain", word);
      continue;
    }
    const depth = open.at(-1);
    if (depth !== undefined && next === "}" && depth === 0) {
      open.pop();
      push("text", next);
      template();
      continue;
    }
    if (depth !== undefined && (next === "{" || next === "}")) open[open.length - 1] = depth + (next === "{" ? 1 : -1);
    code("plain", next);
  }
  return tokens;
}

/** Longer texts are shown without colours. */
const LONGEST_COLOURED = 2_000_000;

/** The pieces of each line. */
export function tokenLines(source: string): Token[][] {
  const lines: Token[][] = [[]];
  for (const { kind, text } of source.length > LONGEST_COLOURED ? [{ kind: "plain" as const, text: source }] : tokensOf(source)) {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) lines.push([]);
      const piece = part.endsWith("\r") ? part.slice(0, -1) : part;
      if (piece !== "") lines.at(-1)?.push({ kind, text: piece });
    }
  }
  return lines;
}
