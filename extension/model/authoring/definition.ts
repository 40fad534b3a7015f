import { scan, type Token } from "./scan.ts";

/** A literal of the definition with its place. What is computed, imported or a function is `other`. */
export type Literal = { start: number; end: number } & (
  | { kind: "object"; members: Member[] }
  | { kind: "array"; items: Literal[] }
  | { kind: "string"; text: string }
  | { kind: "other" }
);

export interface Member {
  key: string;
  keyStart: number;
  keyEnd: number;
  value: Literal;
}

/** The object that `runbook({...})` is given, as it is written; undefined: there is none, or it is computed. */
export function readDefinitionLiteral(source: string, tokens: readonly Token[] = scan(source)): (Literal & { kind: "object" }) | undefined {
  const exported = tokens.findIndex(({ text }, i) => text === "default" && tokens[i - 1]?.text === "export");
  const isCall = (_: Token, i: number) =>
    tokens[i]?.text === "runbook" && tokens[i]?.kind === "word" && tokens[i - 1]?.text !== "." && opensAt(tokens, i) !== undefined;
  // Behind the export, or wherever a name was given to it that is exported.
  const call = tokens.findIndex((token, i) => i > exported && isCall(token, i));
  const found = call >= 0 ? call : tokens.findIndex(isCall);
  const open = opensAt(tokens, found);
  if (open === undefined) return undefined;
  const { literal } = readLiteral(tokens, open, 0);
  return literal.kind === "object" ? literal : undefined;
}

/** Where the object begins behind `runbook(`; type arguments between them aren't written by hand. */
function opensAt(tokens: readonly Token[], call: number): number | undefined {
  return call >= 0 && tokens[call + 1]?.text === "(" && tokens[call + 2]?.text === "{" ? call + 2 : undefined;
}

const DEEPEST = 50;
const isMark = (token: Token | undefined, text: string) => token?.kind === "mark" && token.text === text;

/** @returns the literal at a token, and the token behind it */
function readLiteral(tokens: readonly Token[], at: number, depth: number): { literal: Literal; next: number } {
  const first = tokens[at];
  if (first === undefined) return { literal: { kind: "other", start: 0, end: 0 }, next: at };
  const read =
    depth > DEEPEST
      ? undefined
      : isMark(first, "{")
        ? readObject(tokens, at, depth)
        : isMark(first, "[")
          ? readArray(tokens, at, depth)
          : readString(first, at);
  // `"a" + b`, `[...] as const` and the like: a literal only if nothing follows but `as const`.
  const behind = read && tokens[read.next]?.text === "as" && tokens[read.next + 1]?.text === "const" ? read.next + 2 : read?.next;
  if (read && behind !== undefined && endsValue(tokens[behind])) return { literal: read.literal, next: behind };
  const next = skipValue(tokens, at);
  return { literal: { kind: "other", start: first.start, end: tokens[next - 1]?.end ?? first.end }, next };
}

const endsValue = (token: Token | undefined) => token === undefined || (token.kind === "mark" && [",", "}", "]", ")"].includes(token.text));

const readString = (token: Token, at: number) =>
  token.kind === "string" ? { literal: { kind: "string" as const, text: token.text, start: token.start, end: token.end }, next: at + 1 } : undefined;

function readObject(tokens: readonly Token[], open: number, depth: number): { literal: Literal; next: number } {
  const members: Member[] = [];
  let at = open + 1;
  while (at < tokens.length && !isMark(tokens[at], "}")) {
    const key = tokens[at];
    if ((key?.kind === "word" || key?.kind === "string") && isMark(tokens[at + 1], ":")) {
      const { literal, next } = readLiteral(tokens, at + 2, depth + 1);
      members.push({ key: key.text, keyStart: key.start, keyEnd: key.end, value: literal });
      at = next;
    } else at = skipValue(tokens, at);
    if (isMark(tokens[at], ",")) at++;
    else if (!isMark(tokens[at], "}")) at = Math.max(at, skipValue(tokens, at));
    if (isMark(tokens[at], "]") || isMark(tokens[at], ")")) break;
  }
  const end = tokens[at]?.end ?? tokens.at(-1)?.end ?? 0;
  return { literal: { kind: "object", members, start: tokens[open]?.start ?? 0, end }, next: isMark(tokens[at], "}") ? at + 1 : at };
}

function readArray(tokens: readonly Token[], open: number, depth: number): { literal: Literal; next: number } {
  const items: Literal[] = [];
  let at = open + 1;
  while (at < tokens.length && !isMark(tokens[at], "]")) {
    if (isMark(tokens[at], "}") || isMark(tokens[at], ")")) break;
    const { literal, next } = readLiteral(tokens, at, depth + 1);
    if (next > at) items.push(literal);
    at = Math.max(next, at);
    if (isMark(tokens[at], ",")) at++;
  }
  const end = tokens[at]?.end ?? tokens.at(-1)?.end ?? 0;
  return { literal: { kind: "array", items, start: tokens[open]?.start ?? 0, end }, next: isMark(tokens[at], "]") ? at + 1 : at };
}

/** The token that ends a value: a comma or bracket of what is around it. */
function skipValue(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.kind !== "mark") continue;
    if (depth === 0 && endsValue(token)) return at;
    if ("{[(".includes(token.text)) depth++;
    else if ("}])".includes(token.text)) depth--;
  }
  return tokens.length;
}

/** The member that a path names, such as `["permissions", "secrets"]`. */
export function memberAt(definition: Literal | undefined, path: readonly string[]): Member | undefined {
  let literal = definition;
  let found: Member | undefined;
  for (const key of path) {
    found = literal?.kind === "object" ? literal.members.find((member) => member.key === key) : undefined;
    if (!found) return undefined;
    literal = found.value;
  }
  return found;
}

/** Keys and indexes that lead to an offset, and what is there. */
export function pathTo(definition: Literal, offset: number): { path: string[]; onKey: boolean; literal: Literal } | undefined {
  const path: string[] = [];
  let literal = definition;
  if (offset < literal.start || offset > literal.end) return undefined;
  for (;;) {
    if (literal.kind === "object") {
      const member = literal.members.find(({ keyStart, value }) => keyStart <= offset && offset <= value.end);
      if (!member) return { path, onKey: false, literal };
      path.push(member.key);
      if (offset <= member.keyEnd) return { path, onKey: true, literal: member.value };
      if (offset < member.value.start) return { path, onKey: false, literal: member.value };
      literal = member.value;
    } else if (literal.kind === "array") {
      const index = literal.items.findIndex(({ start, end }) => start <= offset && offset <= end);
      const item = literal.items[index];
      if (!item) return { path, onKey: false, literal };
      path.push(String(index));
      literal = item;
    } else return { path, onKey: false, literal };
  }
}
