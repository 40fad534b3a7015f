/** A file as the checks see it. `path` is relative to the clone's root, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Import {
  specifier: string;
  /** `import type`, or an `import` or `export` of which every name is marked `type`. */
  typeOnly: boolean;
  line: number;
}

type PieceKind = "code" | "comment" | "string" | "regex";
interface Piece {
  kind: PieceKind;
  text: string;
  start: number;
}

const IMPORT_FROM = /\b(?:import|export)\b([^;"'`()]*?)\bfrom\s*["']([^"'\n]+)["']/g;
const IMPORT_BARE = /\bimport\s*["']([^"'\n]+)["']/g;
const IMPORT_CALL = /\b(?:import|require)\s*\(\s*["']([^"'\n]+)["']/g;

/** Every import, export-from, dynamic import and require with a literal name. Those in comments and inside other strings don't count. */
export function importsOf(file: SourceFile): Import[] {
  const pieces = piecesOf(file.text);
  const text = pieces.map((piece) => (piece.kind === "comment" || piece.kind === "regex" ? blank(piece.text) : piece.text)).join("");
  const isCode = codeMap(pieces, text.length);
  const found: Import[] = [];
  const add = (match: RegExpMatchArray, specifier: string | undefined, typeOnly: boolean) => {
    if (specifier !== undefined && isCode[match.index ?? 0]) found.push({ specifier, typeOnly, line: lineOf(text, match.index ?? 0) });
  };
  for (const match of text.matchAll(IMPORT_FROM)) add(match, match[2], isTypeOnly(match[1] ?? ""));
  for (const match of text.matchAll(IMPORT_BARE)) add(match, match[1], false);
  for (const match of text.matchAll(IMPORT_CALL)) add(match, match[1], false);
  return found;
}

/** The text with comments, strings and regular expressions blanked out; line numbers stay. */
export const codeOf = (file: SourceFile): string =>
  piecesOf(file.text)
    .map((piece) => (piece.kind === "code" ? piece.text : blank(piece.text)))
    .join("");

/** The contents of string and template literals with their lines. */
export const stringsOf = (file: SourceFile): { text: string; line: number }[] =>
  piecesOf(file.text)
    .filter((piece) => piece.kind === "string")
    .map((piece) => ({ text: piece.text.replace(/^["'`}]|(["'`]|\$\{)$/g, ""), line: lineOf(file.text, piece.start) }));

export const lineOf = (text: string, index: number): number => text.slice(0, index).split("\n").length;

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

const blank = (text: string) => text.replace(/[^\n]/g, " ");

function codeMap(pieces: readonly Piece[], length: number): boolean[] {
  const map = new Array<boolean>(length).fill(false);
  for (const piece of pieces) if (piece.kind === "code") map.fill(true, piece.start, piece.start + piece.text.length);
  return map;
}

/** Splits TypeScript into code, comments, strings and regular expressions. A template's `${…}` is code; its parts are strings. */
function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  const braces: ("block" | "template")[] = [];
  let start = 0;
  let at = 0;
  const cut = (end: number, kind: PieceKind) => {
    if (at > start) pieces.push({ kind: "code", text: text.slice(start, at), start });
    pieces.push({ kind, text: text.slice(at, end), start: at });
    at = start = end;
  };
  while (at < text.length) {
    const char = text[at];
    const pair = text.slice(at, at + 2);
    if (pair === "//") cut(endOr(text.indexOf("\n", at), text), "comment");
    else if (pair === "/*") cut(endOr(text.indexOf("*/", at + 2), text, 2), "comment");
    else if (char === '"' || char === "'") cut(endOfString(text, at, char), "string");
    else if (char === "`") cut(endOfTemplatePart(text, at + 1, braces), "string");
    else if (char === "}" && braces.pop() === "template") cut(endOfTemplatePart(text, at + 1, braces), "string");
    else if (char === "/" && startsRegex(text.slice(start, at), pieces)) cut(endOfRegex(text, at), "regex");
    else {
      if (char === "{") braces.push("block");
      at++;
    }
  }
  if (at > start) pieces.push({ kind: "code", text: text.slice(start, at), start });
  return pieces;
}

const endOr = (index: number, text: string, more = 0) => (index < 0 ? text.length : index + more);

function endOfString(text: string, from: number, quote: string): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote || text[at] === "\n") return at + 1;
  }
  return text.length;
}

function endOfTemplatePart(text: string, from: number, braces: ("block" | "template")[]): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "`") return at + 1;
    else if (text[at] === "$" && text[at + 1] === "{") {
      braces.push("template");
      return at + 2;
    }
  }
  return text.length;
}

/** A slash begins a regular expression where a value may begin: after an operator, an opening bracket, or a word such as `return`. */
function startsRegex(before: string, pieces: readonly Piece[]): boolean {
  const code = before.trimEnd();
  if (code === "") return pieces.at(-1)?.kind !== "string" && pieces.at(-1)?.kind !== "regex";
  return /[([{,;=:!&|?+\-*%<>~^]$/.test(code) || /\b(return|typeof|case|in|of|yield|await|throw)$/.test(code);
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at++) {
    const char = text[at];
    if (char === "\\") at++;
    else if (char === "\n") return at;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return at + 1;
  }
  return text.length;
}
