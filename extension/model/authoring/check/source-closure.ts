import { posix } from "node:path";
import { KNOWN_TYPES_FILE } from "../../../../engine/authoring/known-types.ts";
import { scan, type Token } from "../scan.ts";

/** A runbook with all files of its author that it needs, as an engine takes them. */
export interface SentSources {
  /** Among `sources`. */
  entry: string;
  /** Relative to the folder that holds them all. */
  sources: { path: string; text: string }[];
}

/** As many as an engine takes. */
const MOST_FILES = 200;

/**
 * Finds the files that a runbook imports, and those that they import.
 * @param file path with `/`
 * @param root nothing outside of this folder is read
 * @param read text of a file as it is in the editor, else as it is stored; undefined: it isn't there
 */
export async function sourceClosure(file: string, root: string, read: (path: string) => Promise<string | undefined>): Promise<SentSources> {
  const found = new Map<string, string>();
  const known = posix.join(posix.dirname(file), KNOWN_TYPES_FILE);
  const waiting = [file, known];
  for (let path = waiting.shift(); path !== undefined && found.size < MOST_FILES; path = waiting.shift()) {
    if (found.has(path) || !isBelow(root, path)) continue;
    const text = await read(path);
    if (text === undefined) continue;
    found.set(path, text);
    if (path === known || path.endsWith(".json")) continue;
    for (const specifier of importsOf(text)) {
      const target = await resolve(posix.join(posix.dirname(path), specifier), read);
      if (target !== undefined) waiting.push(target);
    }
  }
  const folder = [...found.keys()].map((path) => posix.dirname(path)).reduce(commonFolder, posix.dirname(file));
  const relative = (path: string) => posix.relative(folder, path);
  return { entry: relative(file), sources: [...found].map(([path, text]) => ({ path: relative(path), text })) };
}

/** Paths of what a module imports from beside it, types included. */
export function importsOf(text: string): string[] {
  const tokens = scan(text);
  const isImport = (at: number) => {
    const [before, beforeThat] = [tokens[at - 1], tokens[at - 2]];
    return isWord(before, "from") || isWord(before, "import") || (before?.text === "(" && (isWord(beforeThat, "import") || isWord(beforeThat, "require")));
  };
  return tokens.filter((token, i) => token.kind === "string" && /^\.\.?\//.test(token.text) && isImport(i)).map(({ text }) => text);
}

const isWord = (token: Token | undefined, text: string) => token?.kind === "word" && token.text === text;

async function resolve(path: string, read: (path: string) => Promise<string | undefined>): Promise<string | undefined> {
  const written = path.replace(/\.js$/, ".ts").replace(/\.mjs$/, ".mts");
  for (const candidate of [path, `${path}.ts`, written, `${path}.mts`, `${path}.js`, `${path}.json`, `${path}/index.ts`]) {
    if (/\.(m?[jt]s|json)$/.test(candidate) && (await read(candidate)) !== undefined) return candidate;
  }
  return undefined;
}

const isBelow = (folder: string, path: string) => path.startsWith(folder.endsWith("/") ? folder : `${folder}/`) && !path.includes("/node_modules/");

function commonFolder(a: string, b: string): string {
  const [left, right] = [a.split("/"), b.split("/")];
  const length = left.findIndex((part, i) => part !== right[i]);
  return left.slice(0, length < 0 ? left.length : length).join("/") || "/";
}
