import { type Document, isMap, isPair, isScalar, type Node, parseAllDocuments, visit } from "yaml";
import { MAX_YAML } from "./resource-documents.ts";

/** The scalar under the cursor, and what is around it. */
export interface YamlPlace {
  /** JSON Pointer of the member whose value (or key) this is; `""`: the document's own. */
  pointer: string;
  isKey: boolean;
  /** Offsets of the scalar with its quotes; equal where a value is missing. */
  start: number;
  end: number;
  /** Its text without quotes. */
  text: string;
  /** The whole document as JSON, as far as it can be read. */
  document: unknown;
}

/**
 * What stands at an offset of a YAML text that may be half written.
 * @returns undefined in white space, in comments and in texts that nobody can read
 */
export function yamlPlaceAt(text: string, offset: number): YamlPlace | undefined {
  const document = documentAt(text, offset);
  let found: { node: Node; pointer: string; isKey: boolean } | undefined;
  if (!document) return undefined;
  visit(document, {
    Scalar(key, node, path) {
      const [start = -1, end = -1] = node.range ?? [];
      if (offset < start || offset > end) return undefined;
      const isKey = key === "key";
      found = { node, pointer: pointerOf(path, key), isKey };
      return visit.BREAK;
    },
  });
  if (!found) return undefined;
  const { node, ...place } = found;
  const [start = 0, end = 0] = node.range ?? [];
  return { ...place, start, end, text: isScalar(node) && typeof node.source === "string" ? node.source : text.slice(start, end), document: jsonOf(document) };
}

/** The document of a text that an offset lies in. */
export function documentAt(text: string, offset: number): Document.Parsed | undefined {
  const documents = parsed(text);
  return documents.find(({ range }) => offset <= range[2]) ?? documents.at(-1);
}

function parsed(text: string): Document.Parsed[] {
  if (text.length > MAX_YAML) return [];
  try {
    const found = parseAllDocuments(text, { version: "1.2", schema: "core", merge: false, uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
    return Array.isArray(found) ? (found as Document.Parsed[]) : [];
  } catch {
    return []; // brackets that nest too deep for the parser: `readYaml` tells that
  }
}

/** What aliases stand for is written out, unless that is more than anybody writes. */
export function jsonOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

type Ancestors = readonly unknown[];

function pointerOf(path: Ancestors, key: unknown): string {
  const parts: string[] = [];
  for (const [i, ancestor] of path.entries()) {
    const below = path[i + 1];
    if (isPair(ancestor)) parts.push(isScalar(ancestor.key) ? String(ancestor.key.value) : "");
    else if (!isMap(ancestor) && "items" in Object(ancestor)) {
      const { items } = ancestor as { items: readonly unknown[] };
      parts.push(String(below === undefined ? key : items.indexOf(below)));
    }
  }
  return parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
