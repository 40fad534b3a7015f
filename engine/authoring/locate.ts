export interface Position {
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/**
 * Where a part of the definition, such as `permissions.http[0]`, is written in the source of a runbook; what is computed or imported has no place of its own,
 * then it is the last part that has. Reads object and array literals only, because the compiler has no syntax tree to offer.
 */
export function locateInDefinition(source: string, path: string): Position {
  const exported = /^export\s+default\b/m.exec(source);
  const from = exported?.index ?? 0;
  const call = /\brunbook\s*\(/g;
  call.lastIndex = from;
  const found = call.exec(source) ?? /\brunbook\s*\(/.exec(source);
  let at = from;
  if (found !== null) {
    let value = skipSpace(source, found.index + found[0].length);
    for (const part of path.match(/[^.[\]]+/g) ?? []) {
      const next = step(source, value, part);
      if (next === undefined) break;
      at = next.at;
      value = next.value;
    }
  }
  return positionAt(source, at);
}

function step(source: string, value: number, part: string): { at: number; value: number } | undefined {
  // `properties` of a schema are the argument of Type.Object.
  if (part === "properties") {
    const open = source.slice(value, value + 200).search(/[{]/);
    return open < 0 ? undefined : { at: value, value: value + open };
  }
  if (source[value] === "[" && /^\d+$/.test(part)) {
    let element = skipSpace(source, value + 1);
    for (let i = Number(part); i > 0; i--) {
      const end = skipValue(source, element);
      if (source[end] !== ",") return undefined;
      element = skipSpace(source, end + 1);
    }
    return { at: element, value: element };
  }
  if (source[value] !== "{") return undefined;
  let key = skipSpace(source, value + 1);
  while (key < source.length && source[key] !== "}") {
    const [text = "", quoted, plain] = /^(?:["']([^"']*)["']|([\w$]+))/.exec(source.slice(key, key + 200)) ?? [];
    const colon = skipSpace(source, key + text.length);
    if (text !== "" && (quoted ?? plain) === part) return { at: key, value: source[colon] === ":" ? skipSpace(source, colon + 1) : key };
    const end = skipValue(source, key);
    if (source[end] !== ",") return undefined;
    key = skipSpace(source, end + 1);
  }
  return undefined;
}

/** The `,` or closing bracket that ends a value. */
function skipValue(source: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < source.length) {
    at = skipSpace(source, at);
    const char = source[at] ?? "";
    if (char === '"' || char === "'" || char === "`") {
      at = skipQuoted(source, at, char);
    } else if (char === "/" && /[=(,:[!&|?{};]\s*$/.test(source.slice(Math.max(0, at - 20), at))) {
      at = skipQuoted(source, at, "/");
    } else {
      if (depth === 0 && /[,}\])]/.test(char)) return at;
      if (/[{[(]/.test(char)) depth++;
      if (/[}\])]/.test(char)) depth--;
      at++;
    }
  }
  return at;
}

function skipQuoted(source: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < source.length && source[at] !== quote) at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** White space and comments; one without an end goes on to the end, so that it isn't looked for again. */
function skipSpace(source: string, from: number): number {
  const space = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*/y;
  space.lastIndex = from;
  space.exec(source);
  return space.lastIndex;
}

function positionAt(source: string, index: number): Position {
  const before = source.slice(0, index);
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") };
}
