/** A line of a JSON value as a tree: a member with its value, the end of an open one, or that there is more. */
export interface JsonRow {
  /** Of the value, as a JSON Pointer; unique with `kind`. */
  path: string;
  depth: number;
  /** Absent: the whole value, or an entry of a list. */
  name?: string;
  kind: "value" | "open" | "closed" | "more";
  /** As JSON, for a value; how much is in it, for the others. */
  text: string;
  of: "text" | "number" | "word" | "list" | "object" | "more";
}

/** Entries of one list or object that are shown before it is asked for more. */
const AT_FIRST = 100;
/** An untouched value opens this far. */
const OPEN_DEPTH = 2;
const FEW = 20;

/** What the reader has opened, closed and asked more of. */
export interface JsonView {
  open: ReadonlySet<string>;
  closed: ReadonlySet<string>;
  /** How many entries are shown, by path. */
  shown: ReadonlyMap<string, number>;
}
export const FIRST_VIEW: JsonView = { open: new Set(), closed: new Set(), shown: new Map() };

/** The lines that are shown of a value: only what is open is looked at, however large the rest is. */
export function jsonRows(value: unknown, view: JsonView): JsonRow[] {
  const rows: JsonRow[] = [];
  /** Steps that are still to do, last first: deep values don't use up the stack. */
  const waiting: (() => void)[] = [];
  const visit = (one: unknown, path: string, depth: number, name?: string): void => {
    const named = name === undefined ? {} : { name };
    if (typeof one !== "object" || one === null) {
      rows.push({
        path,
        depth,
        ...named,
        kind: "value",
        text: JSON.stringify(one) ?? "undefined",
        of: typeof one === "string" ? "text" : typeof one === "number" ? "number" : "word",
      });
      return;
    }
    const isList = Array.isArray(one);
    const entries: readonly (readonly [string, unknown])[] = isList ? one.map((entry, index) => [String(index), entry]) : Object.entries(one);
    const isOpen = view.open.has(path) || (!view.closed.has(path) && (depth === 0 || (depth < OPEN_DEPTH && entries.length <= FEW)));
    const of = isList ? "list" : "object";
    rows.push({
      path,
      depth,
      ...named,
      kind: isOpen && entries.length > 0 ? "open" : entries.length > 0 ? "closed" : "value",
      text: sizeText(entries.length, isList),
      of,
    });
    if (!isOpen) return;
    const most = view.shown.get(path) ?? AT_FIRST;
    if (entries.length > most) waiting.push(() => void rows.push({ path, depth: depth + 1, kind: "more", text: `${entries.length - most} more`, of: "more" }));
    for (const [key, entry] of entries.slice(0, most).reverse())
      waiting.push(() => visit(entry, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`, depth + 1, key));
  };
  visit(value, "", 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
  return rows;
}

const sizeText = (count: number, isList: boolean): string => (count === 0 ? (isList ? "[]" : "{}") : isList ? `[ ${count} ]` : `{ ${count} }`);

export function toggled(view: JsonView, { path, kind }: Pick<JsonRow, "path" | "kind">): JsonView {
  if (kind === "more") return { ...view, shown: new Map(view.shown).set(path, (view.shown.get(path) ?? AT_FIRST) * 5) };
  const [open, closed] = [new Set(view.open), new Set(view.closed)];
  if (kind === "open") {
    open.delete(path);
    closed.add(path);
  } else {
    open.add(path);
    closed.delete(path);
  }
  return { ...view, open, closed };
}
