import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseAllDocuments, visit } from "yaml";
import type { Json } from "../../core/json.ts";

/** From 1. */
export interface Position {
  line: number;
  column: number;
}

export interface YamlProblem extends Position {
  message: string;
}

export interface YamlDocument {
  value: Json;
  /** Where the member that a JSON Pointer names is written, or the nearest one around it. */
  at(pointer: string): Position;
}

/** Values in one document with all that its aliases stand for; far more than anybody writes. */
const MOST_VALUES = 100_000;
const DEEPEST = 100;

/**
 * The documents of a YAML text. YAML 1.2 with its core schema and nothing else: `yes` and `on` are texts, there are no dates, no merge keys and no tags of one's own, and a
 * key stands once. What isn't so is told; a document with a problem isn't among the documents.
 */
export function readYaml(text: string): { documents: YamlDocument[]; problems: YamlProblem[] } {
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const documents: YamlDocument[] = [];
  const problems: YamlProblem[] = [];
  const tooDeep = firstTooDeep(text);
  if (tooDeep !== undefined) {
    const before = text.slice(0, tooDeep);
    return { documents, problems: [{ line: before.split("\n").length, column: tooDeep - before.lastIndexOf("\n"), message: DEEP }] };
  }
  for (const document of parsed(text, lines)) {
    const faults = [...document.errors, ...document.warnings];
    problems.push(...faults.map((fault) => ({ ...place(fault.pos[0]), message: wordsOf(fault.code, fault.message) })));
    const { contents } = document;
    // A file of comments, or nothing after the last `---`.
    if (faults.length > 0 || contents === null || (isScalar(contents) && contents.value === null)) continue;
    const converted = convert(document, contents);
    if (converted.problem) problems.push({ ...place(converted.problem.offset), message: converted.problem.message });
    else documents.push({ value: converted.value ?? null, at: (pointer) => place(offsetOf(document, contents, pointer)) });
  }
  return { documents, problems };
}

function parsed(text: string, lineCounter: LineCounter): Document.Parsed[] {
  const found = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false, // looked for below: the parser compares each key with each other one, which takes minutes for a large map
    prettyErrors: false,
    logLevel: "error",
    lineCounter,
  });
  return Array.isArray(found) ? (found as Document.Parsed[]) : [];
}

const DEEP = `nests deeper than ${DEEPEST} levels`;

/** Where brackets, or dashes within one line, nest deeper than anybody writes: the parser calls itself for each. @returns an offset */
function firstTooDeep(text: string): number | undefined {
  let [offset, brackets, dashes] = [0, 0, 0];
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (!isScalarNext) {
      if (token === "[" || token === "{") brackets += 1;
      else if (token === "]" || token === "}") brackets -= 1;
      else if (token === "-" || token === "?") dashes += 1;
      else if (token.endsWith("\n")) dashes = 0;
      if (brackets > DEEPEST || dashes > DEEPEST) return offset;
    }
    isScalarNext = token === "\x1f";
    // Marks of the lexer's own: the begin of a document, the end of a broken flow, and that a scalar comes.
    if (token !== "\x02" && token !== "\x18" && !isScalarNext) offset += token.length;
  }
  return undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab can't indent YAML; use spaces",
  NON_STRING_KEY: "a key must be a text",
};
const wordsOf = (code: string, message: string): string =>
  code === "TAG_RESOLVE_FAILED" ? `${message.replace("Unresolved tag: ", "the tag ")} isn't known here; leave it out` : (WORDS[code] ?? message);

/** A node as plain JSON. Aliases are written out as often as they stand there, which is counted: a few lines of them can stand for more than a computer holds. */
function convert(document: Document.Parsed, contents: Node): { value?: Json; problem?: { offset: number; message: string } } {
  let values = 0;
  const open = new Set<Node>();
  const targets = aliasTargets(document);

  function jsonOf(node: unknown, at: number): Json {
    if (node === null || node === undefined) return null;
    const offset = startOf(node as Node) ?? at;
    if (++values > MOST_VALUES) throw new Unreadable(offset, `its anchors and aliases stand for more than ${MOST_VALUES} values; write out what is meant`);
    if (isAlias(node)) {
      const target = targets.get(node);
      if (target === undefined) throw new Unreadable(offset, `there is no anchor &${node.source} before this`);
      if (open.has(target)) throw new Unreadable(offset, `*${node.source} holds itself: it would never end`);
      try {
        return jsonOf(target, offset);
      } catch (error) {
        // What is wrong with a value is wrong where it stands; that there are too many of them is the doing of whoever repeats it.
        if (error instanceof Unreadable && values > MOST_VALUES) throw new Unreadable(offset, error.message);
        throw error;
      }
    }
    if (isScalar(node)) return scalarOf(node.value, offset);
    if (open.size >= DEEPEST) throw new Unreadable(offset, DEEP);
    open.add(node as Node);
    const value = isSeq(node) ? node.items.map((item) => jsonOf(item, offset)) : isMap(node) ? mapOf(node.items, offset) : null;
    open.delete(node as Node);
    return value;
  }

  function mapOf(items: readonly { key: unknown; value: unknown }[], at: number): Json {
    const map: Record<string, Json> = {};
    for (const { key, value } of items) {
      const offset = startOf(key as Node) ?? at;
      const name = isScalar(key) ? String(scalarOf(key.value, offset)) : undefined;
      if (name === undefined) throw new Unreadable(offset, "a key must be a text");
      if (Object.hasOwn(map, name)) throw new Unreadable(offset, "this key is there twice; keep one of them");
      if (name === "__proto__") throw new Unreadable(offset, "__proto__ can't be a key");
      map[name] = jsonOf(value, offset);
    }
    return map;
  }

  try {
    return { value: jsonOf(contents, 0) };
  } catch (error) {
    if (error instanceof Unreadable) return { problem: { offset: error.offset, message: error.message } };
    throw error;
  }
}

/** What each alias stands for: the last anchor of its name before it. */
function aliasTargets(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor) anchors.set(node.anchor, node as Node);
    },
  });
  return targets;
}

function scalarOf(value: unknown, offset: number): Json {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new Unreadable(offset, "must be a number that JSON has: neither .inf nor .nan");
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Unreadable(offset, "is a number that loses digits; quote it to keep it as a text");
    return value;
  }
  if (typeof value === "string") {
    if (value.includes("\0")) throw new Unreadable(offset, "holds a NUL character; leave it out");
    if (!value.isWellFormed()) throw new Unreadable(offset, "holds half of a character; leave it out");
    return value;
  }
  return typeof value === "boolean" || value === null ? value : String(value);
}

/** A part of a document that can't be taken. */
class Unreadable extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

const startOf = (node: Node | null | undefined): number | undefined => node?.range?.[0];

/** The key of the member, or the item; what isn't there is told where it would be. */
function offsetOf(document: Document.Parsed, contents: Node, pointer: string): number {
  let node: unknown = contents;
  let offset = startOf(contents) ?? 0;
  for (const part of pointer.split("/").slice(1)) {
    if (isAlias(node)) node = node.resolve(document);
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
      if (!pair) break;
      offset = startOf(pair.key as Node) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(name)];
      if (node === undefined) break;
      offset = startOf(node as Node) ?? offset;
    } else break;
  }
  return offset;
}
